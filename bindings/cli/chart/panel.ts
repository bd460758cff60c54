import { type Box, drawMark } from './draw-mark.js';
import type { ColouredMark, Mark } from './mark.js';
import { escapeText, px, widthOf } from './markup.js';
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

/**
 * Draws a panel.
 *
 * @param outer all the room it has: heading, ticks and titles included
 * @param id of its clipping path, unlike that of any other panel
 */
export function drawPanel(panel: Panel, marks: readonly ColouredMark[], outer: Box, id: string): string {
  const { heading, x: xAxis = {}, y: yAxis = {} } = panel;
  const top = outer.top + (heading === undefined ? GAP : 28);
  const height = outer.height - (top - outer.top) - BELOW;
  const y = placeAxis(yAxis, values(panel, 'y'), [top + height, top], 5, true);
  const left = outer.left + 12 + Math.max(0, ...y.ticks.map(({ text }) => widthOf(text))) + (yAxis.title ? 18 : 0);
  const width = outer.left + outer.width - left - GAP;
  const box = { left, top, width, height };
  const x = placeAxis(xAxis, values(panel, 'x'), [left, left + width], Math.max(2, Math.floor(width / 80)), false);
  return [
    heading === undefined ? '' : `<text x="${px(left)}" y="${px(top - 12)}">${escapeText(heading)}</text>`,
    ...y.ticks.map((tick) => yTick(tick, box)),
    ...x.ticks.map((tick) => xTick(tick, box)),
    axisTitles(xAxis, yAxis, box, outer),
    `<clipPath id="${id}"><rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}"/></clipPath>`,
    `<g clip-path="url(#${id})">`,
    ...marks.map((mark) => drawMark(mark, x, y, box)),
    '</g>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function* values({ marks }: Panel, axis: 'x' | 'y'): Generator<number> {
  for (const mark of marks) yield* valuesOf(mark, axis);
}

type Tick = Scale['ticks'][number];

function yTick({ at, text }: Tick, { left, width }: Box): string {
  const line = `<line class="grid" x1="${px(left)}" x2="${px(left + width)}" y1="${px(at)}" y2="${px(at)}"/>`;
  return `${line}<text class="faint" x="${px(left - 6)}" y="${px(at + 4)}" text-anchor="end">${escapeText(text)}</text>`;
}

function xTick({ at, text }: Tick, { top, height }: Box): string {
  const bottom = top + height;
  const line = `<line class="axis" x1="${px(at)}" x2="${px(at)}" y1="${px(bottom)}" y2="${px(bottom + 4)}"/>`;
  return `${line}<text class="faint" x="${px(at)}" y="${px(bottom + 17)}" text-anchor="middle">${escapeText(text)}</text>`;
}

function axisTitles(x: Axis, y: Axis, { left, top, width, height }: Box, outer: Box): string {
  const below = `x="${px(left + width / 2)}" y="${px(top + height + 34)}"`;
  const [beside, middle] = [px(outer.left + 11), px(top + height / 2)];
  return [
    x.title ? `<text class="faint" ${below} text-anchor="middle">${escapeText(x.title)}</text>` : '',
    y.title
      ? `<text class="faint" transform="translate(${beside} ${middle}) rotate(-90)" text-anchor="middle">${escapeText(y.title)}</text>`
      : '',
  ].join('');
}
