import { picture, shape } from '../shared/svg.js';
import type { Matrix } from './messages.js';
import { shown } from './symbols.js';

const EDGE = 18;
const LEAST = 13;
const MOST = 20;

/** How many rows are shown at a width. */
export function rowsIn({ symbols }: Matrix, width: number): number {
  return Math.min(symbols.length, Math.floor((width - EDGE) / LEAST));
}

/** The table of a Markov chain: the area of a square is its probability. */
export function drawMatrix(matrix: Matrix, row: number, width: number, label: string): SVGElement {
  const count = rowsIn(matrix, width);
  const side = Math.min(MOST, (width - EDGE) / count);
  const letters = matrix.symbols.slice(0, count).map(shown);
  const at = (i: number) => EDGE + i * side;
  const squares = matrix.rows.slice(0, count).flatMap((probabilities, i) =>
    probabilities.slice(0, count).map((p, j) => {
      const s = Math.sqrt(p) * (side - 1.5);
      return s < 1
        ? ''
        : `M${(at(j) + (side - s) / 2).toFixed(1)} ${(at(i) + (side - s) / 2).toFixed(1)}h${s.toFixed(1)}v${s.toFixed(1)}h${(-s).toFixed(1)}z`;
    }),
  );
  const size = EDGE + count * side;
  return picture(
    size,
    size,
    label,
    shape('rect', { x: EDGE, y: at(row), width: count * side, height: side, fill: 'var(--cursor)' }),
    ...letters.flatMap((letter, i) => [
      shape(
        'text',
        {
          class: i === row ? 'b m' : 'q m',
          x: EDGE / 2 - 1,
          y: at(i) + side / 2 + 4,
          'text-anchor': 'middle',
          style: 'font-size:12px',
        },
        letter,
      ),
      shape(
        'text',
        { class: 'q m', x: at(i) + side / 2, y: EDGE - 6, 'text-anchor': 'middle', style: 'font-size:12px' },
        letter,
      ),
    ]),
    shape('path', { d: squares.join(''), fill: 'var(--markov)' }),
    shape('rect', {
      x: EDGE,
      y: at(row),
      width: count * side,
      height: side,
      fill: 'none',
      stroke: 'var(--ink)',
      'stroke-width': 1.5,
    }),
  );
}

/** Which row a point of the picture lies in; −1 above the first. */
export function rowAt(matrix: Matrix, width: number, y: number): number {
  const count = rowsIn(matrix, width);
  const side = Math.min(MOST, (width - EDGE) / count);
  return Math.min(count - 1, Math.floor((y - EDGE) / side));
}
