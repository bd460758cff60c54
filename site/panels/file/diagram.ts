import { picture, shape } from '../shared/svg.js';
import type { StepShown } from './messages.js';

/** Pixels from one box to the next, at least, and how wide a box is at most. */
const LEAST_PITCH = 112;
const MOST_WIDE = 96;
/** The tallest box, and where their middles lie. */
const TALL = 132;
const MIDDLE = 92;
/** A row of the column that stands in for the line where it does not fit, and how many rows are drawn. */
const ROW = 52;
const MOST_ROWS = 24;
const LETTER = 7.4;

/** The layers that run on one line, or in a column where they do not fit: area is bytes. */
export function drawSteps(steps: readonly StepShown[], width: number): SVGElement {
  const pitch = width / steps.length;
  return pitch >= LEAST_PITCH ? inLine(steps, width, Math.min(pitch, 1.7 * MOST_WIDE)) : inColumn(steps, width);
}

/** As a server would count them: floats of four bytes. */
export function bytesOf({ parameters }: StepShown): number {
  return 4 * parameters;
}

/** Names without what all have in common at the beginning, up to where each is told apart from the others. */
export function shortNames(steps: readonly StepShown[]): string[] {
  const all = steps.map(({ name }) => name.split(/__|[/.:]/).filter(Boolean));
  const [first = []] = all;
  let common = 0;
  while (all.every((parts) => parts.length > common + 1 && parts[common] === first[common])) common++;
  const own = all.map((parts) => parts.slice(common));
  return own.map((parts, i) => {
    const isTold = (count: number) =>
      own.every((other, j) => j === i || parts.slice(0, count).join() !== other.slice(0, count).join());
    const count = parts.findIndex((_, n) => isTold(n + 1)) + 1;
    return parts.slice(0, count || parts.length).join('/');
  });
}

/** Extents of one say nothing in a picture. */
export function shapeText(dims: readonly number[]): string {
  return dims.filter((extent) => extent !== 1).join(' × ') || '1';
}

export function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${Number((bytes / 1e3).toPrecision(3))} KB` : `${Number((bytes / 1e6).toPrecision(3))} MB`;
}

function inLine(steps: readonly StepShown[], width: number, pitch: number): SVGElement {
  const wide = Math.min(MOST_WIDE, pitch * 0.58);
  const most = Math.max(...steps.map(bytesOf));
  const names = shortNames(steps);
  const parts = steps.flatMap((step, i) => {
    const x = i * pitch;
    const tall = Math.max(2, (TALL * bytesOf(step)) / most);
    const top = MIDDLE - tall / 2;
    return [
      shape('path', { d: `M${x + wide} ${MIDDLE}H${x + pitch - 4}`, stroke: 'var(--ink)', 'stroke-width': 1.4 }),
      box(step, x, top, wide, tall),
      shape('text', { x, y: top - 8, class: colourOf(step) && 'b' }, shortened(names[i], pitch - 8)),
      shape('text', { x, y: top + tall + 18, class: 'q' }, bytesText(bytesOf(step))),
      shape(
        'text',
        { x: x + (wide + pitch) / 2, y: MIDDLE + 17, class: 'q', 'text-anchor': 'middle', style: 'font-size:12px' },
        shapeText(step.dims).replaceAll(' ', ''),
      ),
    ];
  });
  return picture(width, 2 * MIDDLE, described(steps), ...parts);
}

function inColumn(steps: readonly StepShown[], width: number): SVGElement {
  const shown = steps.slice(0, MOST_ROWS);
  const most = Math.max(...shown.map(bytesOf));
  const names = shortNames(steps);
  const parts = shown.flatMap((step, i) => {
    const y = i * ROW;
    const wide = Math.max(2, (width * 0.4 * bytesOf(step)) / most);
    const size = bytesText(bytesOf(step));
    const room = width - wide - 10 - size.length * LETTER - 8;
    return [
      box(step, 0, y, wide, 24),
      shape('text', { x: wide + 10, y: y + 17, class: colourOf(step) && 'b' }, shortened(names[i], room)),
      shape('text', { x: width, y: y + 17, class: 'q', 'text-anchor': 'end' }, size),
      shape('path', { d: `M3 ${y + 24}v${ROW - 26}`, stroke: 'var(--ink)', 'stroke-width': 1.4 }),
      shape('text', { x: 12, y: y + 42, class: 'q', style: 'font-size:12px' }, shapeText(step.dims)),
    ];
  });
  return picture(width, shown.length * ROW, described(steps), ...parts);
}

function box(step: StepShown, x: number, y: number, width: number, height: number): SVGElement {
  const colour = colourOf(step);
  const paint = colour ? { fill: `var(--${colour})` } : { fill: 'var(--wash)', stroke: 'var(--edge)' };
  return shape('rect', { x, y, width, height, ...paint });
}

/** A recurrent layer has its model's colour. */
function colourOf({ type }: StepShown): string | undefined {
  return /^(RNN|LSTM|GRU)$/.exec(type)?.[0].toLowerCase();
}

/** The end of a name tells layers apart. */
function shortened(name: string, room: number): string {
  const letters = Math.max(4, Math.floor(room / LETTER));
  return name.length <= letters ? name : `…${name.slice(1 - letters)}`;
}

function described(steps: readonly StepShown[]): string {
  const layers = steps.map(({ type, dims }) => `${type} gives ${shapeText(dims)}`).join(', ');
  return `${steps.length} layers with weights, in the order in which they run: ${layers}`;
}
