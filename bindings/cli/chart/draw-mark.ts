import { area, line } from 'd3-shape';
import { type BandMark, colourOf, dashOf, type LineMark, type Mark, type SpansMark } from './mark.js';
import { escapeText, px } from './markup.js';
import { paint } from './palette.js';
import type { Scale } from './scales.js';

/** The plotted area of a panel, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Draws one mark. */
export function drawMark(mark: Mark, x: Scale, y: Scale, box: Box): string {
  switch (mark.kind) {
    case 'line':
      return drawLine(mark, x, y);
    case 'band':
      return drawBand(mark, x, y);
    case 'spans':
      return drawSpans(mark, x, box);
    case 'dots':
    case 'rings': {
      const hollow = mark.kind === 'rings';
      const style = hollow
        ? `r="3" fill="none" ${paint('stroke', colourOf(mark))} stroke-width="1.5"`
        : `r="2.5" ${paint('fill', colourOf(mark))}`;
      return mark.points
        .map(([a, b]) => [x(a), y(b)])
        .filter((point) => point.every(Number.isFinite))
        .map(([a, b]) => `<circle cx="${px(a)}" cy="${px(b)}" ${style}/>`)
        .join('');
    }
    case 'rule': {
      const at = mark.axis === 'x' ? x(mark.at) : y(mark.at);
      const [x1, x2] = mark.axis === 'x' ? [at, at] : [box.left, box.left + box.width];
      const [y1, y2] = mark.axis === 'y' ? [at, at] : [box.top, box.top + box.height];
      const ends = `x1="${px(x1)}" x2="${px(x2)}" y1="${px(y1)}" y2="${px(y2)}"`;
      return Number.isFinite(at) ? `<line ${ends} ${paint('stroke', colourOf(mark))} stroke-dasharray="5 4"/>` : '';
    }
  }
}

type Pixels = readonly [x: number, y: number];

/** A point, and those behind it that are as high as both their neighbours: they change nothing of the line. */
const LEVEL = /(,[\d.-]+)(?:L[\d.-]+\1(?=L))+(?=L[\d.-]+\1(?:[LM]|$))/g;

function drawLine(mark: LineMark, x: Scale, y: Scale): string {
  const { points, width = 1.75 } = mark;
  const path = line<Pixels>()
    .defined(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
    .digits(1);
  const d = path(thin(points.map(([a, b]) => [x(a), y(b)])))?.replace(LEVEL, '$1');
  const dashes = dashOf(mark);
  const dash = dashes ? ` stroke-dasharray="${dashes}"` : '';
  const round = 'stroke-linejoin="round" stroke-linecap="round"';
  return `<path ${paint('stroke', colourOf(mark))} fill="none" ${round} stroke-width="${width}"${dash} d="${d ?? ''}"/>`;
}

function drawBand(mark: BandMark, x: Scale, y: Scale): string {
  const path = area<readonly number[]>()
    .x(([a]) => a)
    .y0(([, low]) => low)
    .y1(([, , high]) => high)
    .defined((point) => point.every(Number.isFinite))
    .digits(1);
  const d = path(mark.points.map(([a, low, high]) => [x(a), y(low), y(high)]));
  return `<path ${paint('fill', colourOf(mark))} fill-opacity="0.16" d="${d ?? ''}"/>`;
}

function drawSpans(mark: SpansMark, x: Scale, { top, height }: Box): string {
  const places = mark.spans.map(([from, to]) => [x(from), Math.max(0.5, x(to) - x(from))]);
  const rects = places.map(([left, width]) => {
    const place = `x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}"`;
    return `<rect ${place} ${paint('fill', colourOf(mark))} fill-opacity="0.12"/>`;
  });
  const [first] = places;
  if (mark.label !== undefined && first) {
    const at = `x="${px(first[0] + 4)}" y="${px(top + 14)}"`;
    rects.push(`<text ${at} ${paint('fill', colourOf(mark), 'text')}>${escapeText(mark.label)}</text>`);
  }
  return rects.join('');
}

/** Where a line has more than four points a pixel, nobody sees more than the first, least, greatest and last of each. */
function thin(points: readonly Pixels[]): readonly Pixels[] {
  const last = points.at(-1);
  if (!last || points.length <= 4 * Math.abs(last[0] - points[0][0])) return points;
  const kept: Pixels[] = [];
  for (let begin = 0; begin < points.length; ) {
    const column = Math.floor(points[begin][0]);
    let [end, least, greatest] = [begin, begin, begin];
    for (; end < points.length && Object.is(Math.floor(points[end][0]), column); end++) {
      if (points[end][1] < points[least][1]) least = end;
      if (points[end][1] > points[greatest][1]) greatest = end;
    }
    const chosen = [...new Set([begin, least, greatest, end - 1])].sort((a, b) => a - b);
    for (const i of chosen) kept.push(points[i]);
    begin = end;
  }
  return kept;
}
