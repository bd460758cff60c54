import { make } from '../shared/dom.js';
import { drawLines, type Line, type Point, power } from '../shared/line-chart.js';
import { drawFor } from '../shared/svg.js';
import type { Cell, Flow, Influence, Result, Rung, Stock } from './messages.js';
import type { Words } from './words.js';

/** Colours of the rungs: of the series, and of the text where it is another model. */
export const COLOURS: Readonly<Record<Rung, string>> = {
  naive: 'last',
  autoregressive: 'ar',
  markov: 'markov',
  rnn: 'rnn',
  lstm: 'lstm',
  gru: 'gru',
};
export const TEXT_COLOURS = { ...COLOURS, autoregressive: 'ngram' } as const;

/** Months before the origin that are shown, on a wide picture and on a narrow one. */
const BEFORE = [48, 18] as const;

/** Price and text of a rung, side by side with their figures. */
export function pair(rung: Rung, result: Result, naive: Result, stock: Stock, words: Words): HTMLElement {
  const { series, text } = result;
  const held = stock.values.length - stock.cut;
  const chart = make('div', { class: 'place' });
  requestAnimationFrame(() => drawFor(chart, (width) => stockChart(rung, result, naive, stock, words, width)));
  return make(
    'div',
    { class: 'pair' },
    make(
      'figure',
      {},
      make('h3', {}, words.series),
      chart,
      figures([
        [words.month, `$${series.month.toFixed(2)}`],
        [words.ahead(held), `$${series.ahead.toFixed(2)}`],
        [words.held, words.of(series.held, held)],
      ]),
      make('figcaption', {}, words.stockCaption),
    ),
    make(
      'figure',
      {},
      make('h3', {}, words.text),
      make('blockquote', { style: `border-color:var(--${TEXT_COLOURS[rung]})` }, text.sample),
      figures([[words.bits, text.bits.toFixed(2)]]),
    ),
  );
}

function figures(rows: readonly (readonly [string, string])[]): HTMLElement {
  return make(
    'dl',
    { class: 'figures' },
    ...rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', { class: 'num' }, value)]),
  );
}

function stockChart(
  rung: Rung,
  { series }: Result,
  naive: Result,
  { values, months, cut }: Stock,
  words: Words,
  width: number,
) {
  const from = cut - BEFORE[width < 420 ? 1 : 0];
  const origin: Point = [cut - 1, values[cut - 1]];
  const ahead = (mean: readonly number[]): Point[] => [origin, ...mean.map((value, h): Point => [cut + h, value])];
  const mine: Line = {
    label: rung === 'naive' ? words.last : words.rungs[rung],
    colour: COLOURS[rung],
    points: ahead(series.mean),
    strong: true,
  };
  const other: Line = { label: words.last, colour: 'last', points: ahead(naive.series.mean) };
  const known = values.slice(from, cut).map((value, i): Point => [from + i, value]);
  const truth = values.slice(cut).map((value, h): Point => [cut + h, value]);
  const lines = [...(rung === 'naive' ? [] : [other]), mine, { label: '', colour: 'ink', points: known }];
  const shownValues = [...values.slice(from), ...series.mean, ...naive.series.mean];
  const room = (Math.max(...shownValues) - Math.min(...shownValues)) * 0.1;
  return drawLines(
    {
      describe: words.stockChart(words.rungs[rung], series.ahead.toFixed(2)),
      lines,
      rings: { label: words.came, points: truth },
      band: { colour: COLOURS[rung], points: series.lower.map((low, h) => [cut + h, low, series.upper[h]] as const) },
      height: 280,
      yTitle: words.price,
      y: [Math.min(...shownValues) - room, Math.max(...shownValues) + room],
      xTicks: months.flatMap((month, i) =>
        month.endsWith('-01') && i >= from ? [[i, month.slice(0, 4)] as const] : [],
      ),
      mark: { x: cut - 1, label: '' },
    },
    width,
  );
}

/** The least share that is still drawn; below lies rounding. */
const LEAST_INFLUENCE = -7;

/** The least of all points. */
function lowest(lines: readonly Line[]): number {
  return Math.min(...lines.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > LEAST_INFLUENCE));
}

export function influenceChart(influence: Influence, words: Words, width: number): SVGElement {
  const lines = Object.entries(influence).map(([rung, shares]): Line => {
    const points = shares.map((share, i): Point => [i + 1, share > 0 ? Math.log10(share) : Number.NEGATIVE_INFINITY]);
    // A model that does not look so far at all ends where it was cut.
    const seen = points.filter(([, y]) => y >= LEAST_INFLUENCE);
    const last = seen.at(-1);
    if (last && last[0] < points.length && !Number.isFinite(points[last[0]][1])) seen.push([last[0], LEAST_INFLUENCE]);
    return {
      label: words.rungs[rung as Rung],
      colour: TEXT_COLOURS[rung as Rung],
      points: seen,
      strong: rung === 'lstm',
    };
  });
  return drawLines(
    {
      describe: words.influenceLabel,
      lines,
      log: true,
      height: 300,
      yTitle: words.influence,
      xTitle: words.back,
      x: [1, 40],
      y: [Math.max(LEAST_INFLUENCE, Math.floor(lowest(lines))), 0],
      xTicks: [1, 10, 20, 30, 40].map((n) => [n, String(n)] as const),
    },
    width,
  );
}

const FLOW_BOUNDS = [-8, 8] as const;

export function flowChart(flow: Flow, words: Words, width: number): SVGElement {
  const lines = (['rnn', 'gru', 'lstm'] as const).map((cell: Cell): Line => {
    const points = flow[cell].map((y, t): Point => [t, y]);
    return { label: words.rungs[cell], colour: cell, points, strong: cell === 'rnn' };
  });
  const all = Object.values(flow).flat().filter(Number.isFinite);
  const low = Math.max(FLOW_BOUNDS[0], Math.min(-2, Math.floor(Math.min(...all))));
  const high = Math.min(FLOW_BOUNDS[1], Math.max(1, Math.ceil(Math.max(...all))));
  return drawLines(
    {
      describe: words.flowLabel,
      lines,
      log: true,
      height: 300,
      yTitle: words.left,
      xTitle: words.back,
      y: [low, high],
      xTicks: [0, 10, 20, 30, 40, 50].map((n) => [n, String(n)] as const),
    },
    width,
  );
}

/** A share as people say it: 0.5 %, 12 times, 1 in 10⁶. */
export function share(logarithm: number): string {
  const value = 10 ** logarithm;
  if (value >= 10) return `× ${Number(value.toPrecision(2)).toLocaleString('en')}`;
  if (value >= 1e-4) return `${Number((100 * value).toPrecision(2))} %`;
  return power(Math.round(logarithm));
}
