import { picture, shape } from './svg.js';

export type Point = readonly [x: number, y: number];

/** A line with its name at its end, in the colours `--COLOUR` and `--COLOUR-text`. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly Point[];
  readonly strong?: boolean;
  readonly dash?: string;
}

/** What a chart shows. All of y shares one axis. */
export interface LineChart {
  /** For those who do not see it. */
  readonly describe: string;
  readonly lines: readonly Line[];
  /** Held-out truth. */
  readonly rings?: { readonly label: string; readonly points: readonly Point[] };
  readonly band?: {
    readonly colour: string;
    readonly points: readonly (readonly [x: number, low: number, high: number])[];
  };
  readonly height: number;
  readonly yTitle: string;
  /** Decades, from the logarithms that `points` then hold. */
  readonly log?: boolean;
  readonly xTicks: readonly (readonly [x: number, label: string])[];
  readonly xTitle?: string;
  /** A vertical line and what begins there. */
  readonly mark?: { readonly x: number; readonly label: string };
  /** Bounds of y; found out from lines and rings unless given. */
  readonly y?: readonly [low: number, high: number];
  readonly x?: readonly [low: number, high: number];
}

const TOP = 26;
const BOTTOM = 38;
const GAP = 15;
const LETTER = 7.4;
/** How much wider a bold letter is. */
const BOLD = 1.15;
/** Pixels before the right edge. */
const EARLY = 40;
/** On a narrow picture so many lines are named and drawn, the strong ones first. */
const MOST_NARROW = 4;
const NARROW = 420;

/** Draws lines for a width, each named at its end: no legend. */
export function drawLines(chart: LineChart, width: number): SVGElement {
  const lines = width < NARROW ? fewer(chart.lines) : chart.lines;
  const { rings, band, height } = chart;
  const names = [...lines, ...(rings ? [{ label: rings.label, strong: true }] : [])];
  const widest = Math.max(...names.map(({ label, strong }) => widthOf(label) * (strong ? BOLD : 1)), 0);
  const right = Math.min(widest + 22, width * 0.44);
  const [low, high] = chart.y ?? boundsOf([...lines.flatMap(({ points }) => points), ...(rings?.points ?? [])]);
  const ticks = chart.log ? decades(low, high, width < NARROW) : niceTicks(low, high);
  const tickLabels = ticks.map((tick) => (chart.log ? power(tick) : plain(tick)));
  const left = Math.max(...tickLabels.map(widthOf), 12) + 10;
  const xs = [...lines.flatMap(({ points }) => points), ...(rings?.points ?? [])].map(([x]) => x);
  const [first, last] = chart.x ?? [Math.min(...xs), Math.max(...xs)];
  const X = (x: number) => left + ((x - first) / (last - first || 1)) * (width - left - right);
  const Y = (y: number) => TOP + ((high - y) / (high - low || 1)) * (height - TOP - BOTTOM);
  const path = (points: readonly Point[]) =>
    points.map(([x, y], i) => `${i ? 'L' : 'M'}${X(x).toFixed(1)} ${Y(clamp(y, low, high)).toFixed(1)}`).join('');
  const end = width - right;
  const parts: SVGElement[] = [
    ...ticks.flatMap((tick, i) => [
      shape('line', { class: 'g', x1: left, x2: end, y1: Y(tick), y2: Y(tick) }),
      shape('text', { class: 'q', x: left - 8, y: Y(tick) + 4, 'text-anchor': 'end' }, tickLabels[i]),
    ]),
    shape('text', { class: 'q', x: left, y: 13 }, chart.yTitle),
    ...chart.xTicks
      .filter(([x]) => x >= first && x <= last)
      .map(([x, label]) =>
        shape('text', { class: 'q', x: X(x), y: height - BOTTOM + 20, 'text-anchor': 'middle' }, label),
      ),
  ];
  if (chart.xTitle)
    parts.push(shape('text', { class: 'q', x: end, y: height - 4, 'text-anchor': 'end' }, chart.xTitle));
  if (chart.mark) {
    const x = X(chart.mark.x);
    const wide = widthOf(chart.mark.label);
    // Beside the title of the axis, or below it where it is long; left of its own line where there is no more room.
    const after = x + 6 + wide < width;
    const free = (after ? x + 6 : x - 6 - wide) > left + widthOf(chart.yTitle) + 12;
    parts.push(
      shape('line', { class: 'ax', x1: x, x2: x, y1: free ? 4 : TOP, y2: height - BOTTOM }),
      shape(
        'text',
        {
          class: 'q',
          x: after ? x + 6 : x - 6,
          y: free ? 13 : TOP + 10,
          'text-anchor': after ? 'start' : 'end',
        },
        chart.mark.label,
      ),
    );
  }
  if (band) {
    const upper = band.points.map(([x, , y]): Point => [x, y]);
    const lower = band.points.map(([x, y]): Point => [x, y]).reverse();
    const outline = `${path(upper)}L${path(lower).slice(1)}Z`;
    parts.push(shape('path', { d: outline, fill: `var(--${band.colour})`, opacity: 'var(--band)' }));
  }
  const drawn = [...lines].sort((a, b) => Number(a.strong ?? false) - Number(b.strong ?? false));
  for (const { points, colour, strong, dash } of drawn) {
    parts.push(
      shape('path', {
        d: path(points.filter(([, y]) => Number.isFinite(y))),
        fill: 'none',
        stroke: `var(--${colour})`,
        'stroke-width': strong ? 2.75 : 1.75,
        'stroke-dasharray': dash,
        'stroke-linejoin': 'round',
      }),
    );
  }
  for (const [x, y] of rings?.points ?? []) {
    const r = width < NARROW ? 2.6 : 3.4;
    parts.push(
      shape('circle', { cx: X(x), cy: Y(y), r, fill: 'var(--paper)', stroke: 'var(--ink)', 'stroke-width': 1.6 }),
    );
  }
  const named = [
    ...lines.map(({ label, colour, points, strong }) => ({ label, colour, at: points.at(-1), bold: strong })),
    ...(rings ? [{ label: rings.label, colour: 'observed', at: rings.points.at(-1), bold: true }] : []),
  ].flatMap(({ label, colour, at, bold }) =>
    label === '' || at === undefined ? [] : [{ label, colour, bold, x: X(at[0]), y: Y(clamp(at[1], low, high)) }],
  );
  const name = ({ label, colour, bold }: (typeof named)[number], x: number, y: number) =>
    shape('text', { x, y: y + 4, class: bold ? 'b' : undefined, style: `fill:var(--${colour}-text)` }, label);
  // A line that ends within the picture is named there.
  parts.push(...named.filter(({ x }) => end - x > EARLY).map((each) => name(each, each.x + 6, each.y - 10)));
  const ends = named.filter(({ x }) => end - x <= EARLY);
  const places = spread(
    ends.map(({ y }) => y),
    TOP + 4,
    height - BOTTOM + 4,
  );
  ends.forEach((each, i) => {
    const { x, y } = each;
    if (Math.abs(places[i] - y) > 5)
      parts.push(shape('path', { d: `M${x + 5} ${y}L${end + 12} ${places[i]}`, stroke: 'var(--edge)', fill: 'none' }));
    parts.push(name(each, end + 16, places[i]));
  });
  return picture(width, height, chart.describe, ...parts);
}

/** What has no name is what was observed: it stays. */
function fewer(lines: readonly Line[]): readonly Line[] {
  const named = lines.filter(({ label }) => label !== '');
  const first = [...named].sort((a, b) => Number(b.strong ?? false) - Number(a.strong ?? false));
  const left = first.slice(MOST_NARROW);
  return lines.filter((line) => !left.includes(line));
}

/** Hangul is as wide as it is high. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter > '\u1100' ? 13 : LETTER), 0);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function boundsOf(points: readonly Point[]): [number, number] {
  const values = points.map(([, y]) => y).filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

/** Three to five round numbers. */
export function niceTicks(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * unit).find((each) => each >= rough) as number;
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) ticks.push(Number((n * step).toPrecision(12)));
  return ticks;
}

function decades(low: number, high: number, narrow: boolean): number[] {
  const step = Math.max(1, Math.ceil((high - low) / (narrow ? 4 : 5)));
  const ticks = [];
  for (let n = Math.ceil(high / step) * step; n >= low; n -= step) if (n <= high) ticks.push(n);
  return ticks;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 100, 1, 0.01; powers of ten beyond. */
export function power(exponent: number): string {
  if (Math.abs(exponent) <= 4) return (10 ** exponent).toLocaleString('en', { maximumFractionDigits: 4 });
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

function plain(value: number): string {
  return Math.abs(value) >= 1e6 ? value.toExponential(1) : value.toLocaleString('en', { maximumFractionDigits: 6 });
}

/** Pushes labels apart, in their order, within bounds. */
function spread(places: readonly number[], least: number, most: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const out = [...places];
  let before = least - GAP;
  for (const i of order) {
    out[i] = Math.max(places[i], before + GAP);
    before = out[i];
  }
  let after = most + GAP;
  for (const i of order.reverse()) {
    out[i] = Math.min(out[i], after - GAP);
    after = out[i];
  }
  return out;
}
