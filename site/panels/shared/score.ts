import { token } from './dom.js';
import { type Surface, surfaceOf, widthOf } from './surface.js';

/** Pixels of one character, shared by all rows of a score (`--col`). */
export const COLUMN = 14;

/** Values of some rows for some characters: `values[character * rows + row]`. */
export interface Cells {
  readonly values: Float32Array;
  readonly rows: number;
}

/** How many characters fit into a canvas. */
export function columnsOf(canvas: HTMLCanvasElement): number {
  return Math.max(1, Math.floor(widthOf(canvas) / COLUMN));
}

/** A canvas of the score, with a column through all rows behind what they show. */
function rowOf(canvas: HTMLCanvasElement, height: number, cursor: number): Surface {
  const surface = surfaceOf(canvas, height);
  if (cursor >= 0) {
    surface.context.fillStyle = token('--cursor');
    surface.context.fillRect(cursor * COLUMN, 0, COLUMN, height);
  }
  return surface;
}

/** The characters themselves, a dot for a space. */
export function paintText(canvas: HTMLCanvasElement, text: readonly string[], cursor = -1): void {
  const { context, height } = rowOf(canvas, 24, cursor);
  context.font = `15px ${token('--mono')}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = token('--ink');
  text.forEach((character, i) => {
    context.fillText(visible(character), i * COLUMN + COLUMN / 2, height / 2);
  });
}

export function visible(character: string): string {
  return character === ' ' ? '·' : character === '\n' ? '↵' : character;
}

/** A square a value: its area is its size against the greatest of its row; filled above zero, hollow below. */
export function paintCells(canvas: HTMLCanvasElement, { values, rows }: Cells, marked: number, cursor = -1): void {
  const { context } = rowOf(canvas, rows * COLUMN, cursor);
  const hue = token('--lstm');
  const characters = values.length / rows;
  const greatest = new Float32Array(rows).fill(1e-6);
  values.forEach((value, i) => {
    greatest[i % rows] = Math.max(greatest[i % rows], Math.abs(value));
  });
  context.fillStyle = hue;
  context.strokeStyle = hue;
  context.lineWidth = 1;
  for (let i = 0; i < characters; i++) {
    for (let row = 0; row < rows; row++) {
      const value = values[i * rows + row] / greatest[row];
      const side = Math.sqrt(Math.abs(value)) * (COLUMN - 2.5);
      const x = i * COLUMN + (COLUMN - side) / 2;
      const y = row * COLUMN + (COLUMN - side) / 2;
      if (value > 0 && side > 1) context.fillRect(x, y, side, side);
      if (value < 0 && side > 3) context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    }
  }
  if (marked >= 0) {
    context.strokeStyle = token('--ink');
    context.lineWidth = 1.5;
    context.strokeRect(0.75, marked * COLUMN + 0.75, characters * COLUMN - 1.5, COLUMN - 1.5);
  }
}

/** Bars from the bottom, 0 to the greatest. */
export function paintBars(canvas: HTMLCanvasElement, values: Float32Array, cursor = -1): void {
  const { context, width, height } = rowOf(canvas, 44, cursor);
  context.fillStyle = token('--edge');
  context.fillRect(0, height - 1, width, 1);
  context.fillStyle = token('--ink');
  const greatest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  values.forEach((value, i) => {
    const tall = (Math.abs(value) / greatest) * (height - 2);
    if (tall > 0.3) context.fillRect(i * COLUMN + 2, height - 1 - tall, COLUMN - 4, tall);
  });
}

/** A gate: a full cell is open, an empty one shut. */
export function paintGate(canvas: HTMLCanvasElement, values: Float32Array, cursor = -1): void {
  const { context, height } = rowOf(canvas, 20, cursor);
  const [shut, open] = [token('--grid'), token('--edge')];
  values.forEach((value, i) => {
    context.fillStyle = shut;
    context.fillRect(i * COLUMN + 1, 0, COLUMN - 2, height);
    context.fillStyle = open;
    context.fillRect(i * COLUMN + 1, height - value * height, COLUMN - 2, value * height);
  });
}

/** What one unit holds: bars above and below a line that lies where its values want it. */
export function paintArea(canvas: HTMLCanvasElement, values: Float32Array, cursor = -1): void {
  const { context, width, height } = rowOf(canvas, 64, cursor);
  const above = values.reduce((most, value) => Math.max(most, value), 0);
  const below = values.reduce((most, value) => Math.max(most, -value), 0);
  const scale = (height - 2) / Math.max(above + below, 1e-6);
  const zero = 1 + above * scale;
  context.fillStyle = token('--edge');
  context.fillRect(0, zero, width, 1);
  context.fillStyle = token('--lstm');
  values.forEach((value, i) => {
    const tall = Math.abs(value) * scale;
    context.fillRect(i * COLUMN, value > 0 ? zero - tall : zero, COLUMN - 0.6, tall);
  });
}
