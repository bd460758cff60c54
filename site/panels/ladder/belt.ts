import { picture, shape } from '../shared/svg.js';
import type { Cell, Trace } from './messages.js';
import { shown } from './symbols.js';
import type { Words } from './words.js';

/** Pixels of a character. */
const COLUMN = 17;
const BELT = 92;
const BARS = 44;
const GATE = 20;
const LABEL = 24;

/** What is shown of a cell, from above: `belt` with the gate across it, `gate` and `bars`. */
const ROWS: Readonly<Record<Cell, readonly (readonly ['belt' | 'gate' | 'bars', string, string, string?])[]>> = {
  rnn: [['bars', 'h', 'hRnn']],
  lstm: [
    ['bars', 'h', 'h'],
    ['gate', 'output', 'output'],
    ['belt', 'c', 'c', 'forget'],
    ['gate', 'input', 'input'],
    ['bars', 'cell', 'cell'],
  ],
  gru: [
    ['belt', 'h', 'hGru', 'update'],
    ['bars', 'new', 'new'],
    ['gate', 'reset', 'reset'],
  ],
};

/** How many characters fit. */
export function columnsIn(width: number): number {
  return Math.max(8, Math.floor(width / COLUMN));
}

/** One unit of a cell along a piece of text: bars, gates, and the belt with its shutter. */
export function drawBelt(
  cell: Cell,
  trace: Trace,
  unit: number,
  from: number,
  width: number,
  words: Words,
): SVGElement {
  const columns = Math.min(columnsIn(width), trace.symbols.length - from);
  const valuesOf = (name: string) =>
    Array.from({ length: columns }, (_, i) => trace.values[name][(from + i) * trace.units + unit]);
  const greatest = (name: string) => {
    let most = 1e-6;
    for (let t = 0; t < trace.symbols.length; t++)
      most = Math.max(most, Math.abs(trace.values[name][t * trace.units + unit]));
    return most;
  };
  const parts: SVGElement[] = [];
  let y = 0;
  for (const [kind, name, label, across] of ROWS[cell]) {
    parts.push(shape('text', { class: 'q', x: 0, y: y + 15 }, words.rows[label as keyof Words['rows']]));
    y += LABEL;
    const values = valuesOf(name);
    if (kind === 'gate') y = gate(parts, values, y);
    else if (kind === 'bars') y = bars(parts, values, greatest(name), y, cell);
    else y = belt(parts, values, valuesOf(across as string), greatest(name), y, cell);
    y += 6;
  }
  const symbols = trace.symbols.slice(from, from + columns);
  symbols.forEach((symbol, i) => {
    const at = { class: 'm', x: i * COLUMN + COLUMN / 2, y: y + 17, 'text-anchor': 'middle', style: 'font-size:14px' };
    parts.push(shape('text', at, shown(symbol)));
  });
  const text = symbols.join('').normalize('NFC');
  return picture(width, y + 26, words.beltLabel(words.rungs[cell], unit, text), ...parts);
}

function gate(parts: SVGElement[], values: readonly number[], y: number): number {
  const cells = values.map((_, i) => `M${i * COLUMN + 1.5} ${y}h${COLUMN - 3}v${GATE}h${3 - COLUMN}z`);
  const open = values.map(
    (value, i) =>
      `M${i * COLUMN + 1.5} ${(y + GATE * (1 - value)).toFixed(1)}h${COLUMN - 3}V${y + GATE}h${3 - COLUMN}z`,
  );
  parts.push(
    shape('path', { d: cells.join(''), fill: 'var(--grid)' }),
    shape('path', { d: open.join(''), fill: 'var(--edge)' }),
  );
  return y + GATE;
}

/** Up and filled above zero, down and hollow below. */
function bars(parts: SVGElement[], values: readonly number[], most: number, y: number, cell: Cell): number {
  const middle = y + BARS / 2;
  const tall = (value: number) => (Math.abs(value) / most) * (BARS / 2 - 1);
  const box = (i: number, top: number, height: number) =>
    height < 0.3 ? '' : `M${i * COLUMN + 3} ${top.toFixed(1)}h${COLUMN - 6}v${height.toFixed(1)}h${6 - COLUMN}z`;
  parts.push(
    shape('path', { class: 'ax', d: `M0 ${middle}H${values.length * COLUMN}`, opacity: 0.6 }),
    shape('path', {
      d: values.map((value, i) => (value > 0 ? box(i, middle - tall(value), tall(value)) : '')).join(''),
      fill: `var(--${cell})`,
    }),
    shape('path', {
      d: values.map((value, i) => (value < 0 ? box(i, middle + 0.5, tall(value)) : '')).join(''),
      fill: 'var(--paper)',
      stroke: `var(--${cell})`,
    }),
  );
  return y + BARS;
}

/** Thickness is how much is carried; the shutter at the left of a character closes from above and below. */
function belt(
  parts: SVGElement[],
  values: readonly number[],
  kept: readonly number[],
  most: number,
  y: number,
  cell: Cell,
): number {
  const middle = y + BELT / 2;
  const box = (value: number, i: number) => {
    const half = (Math.abs(value) / most) * (BELT / 2 - 8);
    return half < 0.3
      ? ''
      : `M${i * COLUMN + 2} ${(middle - half).toFixed(1)}h${COLUMN - 3}v${(2 * half).toFixed(1)}h${3 - COLUMN}z`;
  };
  const shutters = kept.map((value, i) => {
    const shut = ((1 - value) * BELT) / 2;
    const x = (i * COLUMN + 0.6).toFixed(1);
    return shut < 1 ? '' : `M${x} ${y}v${shut.toFixed(1)}M${x} ${y + BELT}v${(-shut).toFixed(1)}`;
  });
  const right = values.length * COLUMN;
  parts.push(
    shape('path', { class: 'ax', d: `M0 ${y}H${right}M0 ${y + BELT}H${right}`, opacity: 0.6 }),
    shape('path', { d: values.map((value, i) => (value > 0 ? box(value, i) : '')).join(''), fill: `var(--${cell})` }),
    shape('path', {
      d: values.map((value, i) => (value < 0 ? box(value, i) : '')).join(''),
      fill: 'var(--paper)',
      stroke: `var(--${cell})`,
    }),
    shape('path', { d: shutters.join(''), stroke: 'var(--ink)', 'stroke-width': 2.4, fill: 'none' }),
  );
  return y + BELT;
}
