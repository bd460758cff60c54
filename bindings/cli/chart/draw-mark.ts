import { area, line } from 'd3-shape';
import type { BandMark, ColouredMark, LineMark, SpansMark } from './mark.js';
import { colourOf, px } from './markup.js';
import type { Scale } from './scales.js';

/** The plotted area of a panel, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Draws one mark. */
export function drawMark({ mark, colour: index }: ColouredMark, x: Scale, y: Scale, box: Box): string {
  const colour = colourOf(index);
  switch (mark.kind) {
    case 'line':
      return drawLine(mark, colour, x, y);
    case 'band':
      return drawBand(mark, colour, x, y);
    case 'spans':
      return drawSpans(mark, colour, x, box);
    case 'dots':
      return mark.points
        .map(([a, b]) => [x(a), y(b)])
        .filter((point) => point.every(Number.isFinite))
        .map(([a, b]) => `<circle cx="${px(a)}" cy="${px(b)}" r="2.5" fill="${colour}"/>`)
        .join('');
    case 'rule': {
      const at = mark.axis === 'x' ? x(mark.at) : y(mark.at);
      const [x1, x2] = mark.axis === 'x' ? [at, at] : [box.left, box.left + box.width];
      const [y1, y2] = mark.axis === 'y' ? [at, at] : [box.top, box.top + box.height];
      const ends = `x1="${px(x1)}" x2="${px(x2)}" y1="${px(y1)}" y2="${px(y2)}"`;
      return Number.isFinite(at) ? `<line ${ends} stroke="${colour}" stroke-dasharray="5 4"/>` : '';
    }
  }
}

type Pixels = readonly [x: number, y: number];

function drawLine({ points, dashed, width = 1.5 }: LineMark, colour: string, x: Scale, y: Scale): string {
  const path = line<Pixels>()
    .defined(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
    .digits(1);
  const d = path(thin(points.map(([a, b]) => [x(a), y(b)])));
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  return `<path class="line" stroke="${colour}" stroke-width="${width}"${dash} d="${d ?? ''}"/>`;
}

function drawBand({ points }: BandMark, colour: string, x: Scale, y: Scale): string {
  const path = area<readonly number[]>()
    .x(([a]) => a)
    .y0(([, low]) => low)
    .y1(([, , high]) => high)
    .defined((point) => point.every(Number.isFinite))
    .digits(1);
  const d = path(points.map(([a, low, high]) => [x(a), y(low), y(high)]));
  return `<path class="band" fill="${colour}" d="${d ?? ''}"/>`;
}

function drawSpans({ spans }: SpansMark, colour: string, x: Scale, { top, height }: Box): string {
  return spans
    .map(([from, to]) => [x(from), Math.max(0.5, x(to) - x(from))])
    .map(([left, width]) => {
      const place = `x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}"`;
      return `<rect class="span" ${place} fill="${colour}"/>`;
    })
    .join('');
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
