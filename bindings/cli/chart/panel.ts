import { type Box, drawMark } from './draw-mark.js';
import { drawLabels, roomForLabels } from './labels.js';
import type { Mark } from './mark.js';
import { escapeText, px, widthOf, wrapText } from './markup.js';
import { paint, paintPage } from './palette.js';
import { type Axis, placeAxis, type Scale, valuesOf } from './scales.js';

/** One plot of a chart. */
export interface Panel {
  /** A line above it. */
  readonly heading?: string;
  readonly x?: Axis;
  readonly y?: Axis;
  readonly marks: readonly Mark[];
}

const GAP = 8;
const BELOW = 40;
const LINE = 16;
/** Pixels between the texts of two ticks. */
const APART = 10;

/**
 * Draws a panel.
 *
 * @param outer all the room it has: heading, ticks, titles and labels included
 * @param id of its clipping path, unlike that of any other panel
 */
export function drawPanel(panel: Panel, outer: Box, id: string): string {
  const { heading, x: xAxis = {}, y: yAxis = {}, marks } = panel;
  const head = heading === undefined ? [] : wrapText(heading, outer.width - 16);
  // The unit stands over the axis, where it needs no room beside the numbers.
  const unit = yAxis.title === undefined ? [] : [yAxis.title];
  const top = outer.top + GAP + 8 + (head.length + unit.length) * LINE;
  const height = outer.height - (top - outer.top) - BELOW;
  const y = placeAxis(yAxis, values(panel, 'y'), [top + height, top], 5, true);
  const left = outer.left + 12 + Math.max(0, ...y.ticks.map(({ text }) => widthOf(text)));
  const width = outer.left + outer.width - left - Math.max(GAP, roomForLabels(marks));
  const box = { left, top, width, height };
  const x = placeAxis(xAxis, values(panel, 'x'), [left, left + width], Math.max(2, Math.floor(width / 80)), false);
  return [
    ...head.map((text, i) => {
      const at = `x="${px(outer.left)}" y="${px(outer.top + GAP + 8 + i * LINE)}"`;
      return `<text ${at} ${paint('fill', 'ink', 'text')} font-weight="600">${escapeText(text)}</text>`;
    }),
    ...unit.map((text) => quietText(text, outer.left, top - 14, 'start')),
    ...y.ticks.map((tick) => yTick(tick, box)),
    ...apart(x.ticks).map((tick) => xTick(tick, box, outer)),
    zeroLine(y, box),
    xAxis.title ? quietText(xAxis.title, left + width / 2, top + height + 34, 'middle') : '',
    `<clipPath id="${id}"><rect x="${px(left)}" y="${px(top - 4)}" width="${px(width)}" height="${px(height + 8)}"/></clipPath>`,
    `<g clip-path="url(#${id})">`,
    ...marks.map((mark) => drawMark(mark, x, y, box)),
    '</g>',
    drawLabels(marks, y, box),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function* values({ marks }: Panel, axis: 'x' | 'y'): Generator<number> {
  for (const mark of marks) yield* valuesOf(mark, axis);
}

type Tick = Scale['ticks'][number];

/** Leaves out what would run into the tick before it. */
function apart(ticks: readonly Tick[]): readonly Tick[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.filter(({ at, text }) => {
    const half = widthOf(text) / 2;
    if (at - half < end + APART) return false;
    end = at + half;
    return true;
  });
}

function quietText(text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end'): string {
  const align = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${px(x)}" y="${px(y)}" ${paint('fill', 'quiet', 'text')}${align}>${escapeText(text)}</text>`;
}

function yTick({ at, text }: Tick, { left, width }: Box): string {
  const ends = `x1="${px(left)}" x2="${px(left + width)}" y1="${px(at)}" y2="${px(at)}"`;
  return `<line ${ends} ${paintPage('stroke', 'grid')}/>${quietText(text, left - 6, at + 4, 'end')}`;
}

function xTick({ at, text }: Tick, { top, height }: Box, outer: Box): string {
  const bottom = top + height;
  const ends = `x1="${px(at)}" x2="${px(at)}" y1="${px(bottom)}" y2="${px(bottom + 4)}"`;
  const half = widthOf(text) / 2;
  const place = Math.min(outer.left + outer.width - half, Math.max(outer.left + half, at));
  return `<line ${ends} ${paintPage('stroke', 'edge')}/>${quietText(text, place, bottom + 17, 'middle')}`;
}

/** Solid, and darker than the grid, so that nobody takes it for a threshold, which is dashed. */
function zeroLine(y: Scale, { left, width, top, height }: Box): string {
  const at = y(0);
  if (!Number.isFinite(at) || at < top || at > top + height || y.kind !== 'linear') return '';
  const ends = `x1="${px(left)}" x2="${px(left + width)}" y1="${px(at)}" y2="${px(at)}"`;
  return `<line ${ends} ${paintPage('stroke', 'edge')}/>`;
}
