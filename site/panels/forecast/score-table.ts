import { make } from '../shared/dom.js';
import { shape } from '../shared/svg.js';
import { LOOKS, type Model, maeOf, meanOf, spreadOf } from './models.js';

const STRIP = 240;
/** Intervals that hold this much less than they should are marked. */
const SHORT = 0.05;

/** Errors by model, the least first; a name chooses whose interval is drawn. */
export function scoreTable(
  models: readonly Model[],
  chosen: string,
  {
    horizon,
    level,
    choose,
  }: { readonly horizon: number; readonly level: number; readonly choose: (rung: string) => void },
): HTMLElement {
  const sorted = [...models].sort((a, b) => maeOf(a) - maeOf(b));
  const naive = models.find(({ rung }) => rung === 'last');
  // A model that is hopeless would squeeze all others into one place.
  const most = 1.6 * Math.max(...sorted.slice(0, Math.ceil(sorted.length * 0.7)).map(maeOf), naive ? maeOf(naive) : 0);
  const percent = `${Math.round(level * 100)} % held`;
  const head = [
    'model',
    'MAE',
    'each seed a dot; dashes: last value',
    '1 step',
    ...(horizon > 1 ? [`${horizon} steps`] : []),
    percent,
  ];
  const rows = sorted.map((model) => {
    const { rung, seeds } = model;
    const { label, colour, dash } = LOOKS[rung];
    const maes = seeds.map(({ mae }) => mae);
    const held = meanOf(seeds.map(({ coverage }) => coverage));
    const step = (h: number) => meanOf(seeds.map(({ maeByStep }) => maeByStep[h]));
    const key = make('span', {
      class: 'key',
      style: `border-color:var(--${colour});${dash ? 'border-top-style:dashed' : ''}`,
    });
    const name = make(
      'button',
      { class: 'pick', type: 'button', 'aria-pressed': String(rung === chosen), onclick: () => choose(rung) },
      key,
      label,
    );
    const short = held < level - SHORT;
    return make(
      'tr',
      {},
      make('th', { scope: 'row' }, name),
      number(seeds.length > 1 ? `${digits(meanOf(maes))} ± ${digits(spreadOf(maes), 2)}` : digits(maes[0])),
      make('td', { class: 'strip' }, strip(maes, naive ? maeOf(naive) : undefined, most, colour)),
      number(digits(step(0))),
      ...(horizon > 1 ? [number(digits(step(horizon - 1)))] : []),
      make(
        'td',
        { class: 'n' },
        `${Math.round(100 * held)} %`,
        ...(short
          ? [make('span', { class: 'dia', role: 'img', 'aria-label': `, short of ${Math.round(100 * level)}` })]
          : []),
      ),
    );
  });
  const table = make(
    'table',
    {},
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        ...head.map((text, i) =>
          make('th', { scope: 'col', class: i === 0 ? undefined : i === 2 ? 'strip' : 'n' }, text),
        ),
      ),
    ),
    make('tbody', {}, ...rows),
  );
  return make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Errors by model' }, table);
}

function number(text: string): HTMLElement {
  return make('td', { class: 'n' }, text);
}

/** Three digits that count. */
export function digits(value: number, count = 3): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(count - 1);
  return Number(value.toPrecision(count)).toLocaleString('en', { maximumFractionDigits: 8 });
}

function strip(maes: readonly number[], naive: number | undefined, most: number, colour: string): SVGElement {
  const at = (mae: number) => 5 + (STRIP - 16) * Math.min(1, mae / most);
  const beyond = maes.every((mae) => mae > most);
  return shape(
    'svg',
    { width: STRIP, height: 18, 'aria-hidden': 'true' },
    shape('line', { class: 'g', x1: 5, x2: STRIP - 11, y1: 9, y2: 9 }),
    ...(naive === undefined
      ? []
      : [shape('line', { class: 'ax', x1: at(naive), x2: at(naive), y1: 0, y2: 18, 'stroke-dasharray': '2 2' })]),
    ...(beyond
      ? [shape('path', { d: `M${STRIP - 9} 4l6 5l-6 5`, fill: 'none', stroke: `var(--${colour})`, 'stroke-width': 2 })]
      : maes.map((mae) => shape('circle', { cx: at(mae), cy: 9, r: 4, fill: `var(--${colour})` }))),
  );
}
