import { wrapped } from './wrap.js';

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand right, words left. */
  readonly align: 'left' | 'right';
}

const GAP = '  ';
/** What every terminal shows. */
const WIDTH = 80;
/** A column of words is not made narrower to make room. */
const LEAST = 16;

/**
 * Lays out a table: columns as wide as their widest cell, two spaces between them, no rules. Where lines would be wider than a
 * terminal, words are wrapped inside their columns; where the numbers alone are too wide, the columns that are left follow
 * below, beside the first column again, as R prints a wide data frame.
 *
 * @param rows one cell for each column
 * @param indent characters that the caller puts before each line
 * @returns lines without trailing spaces; the first holds the titles, unless all are empty
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], indent = 0): string[] {
  const titles = columns.map(({ title }) => title);
  const shown = titles.some((title) => title !== '') ? [titles, ...rows] : rows;
  const widths = columns.map((_, k) => shown.reduce((width, row) => Math.max(width, widthOf(row[k])), 0));
  narrow(widths, columns, WIDTH - indent);
  return blocks(widths, WIDTH - indent).flatMap((block, i) => [
    ...(i > 0 ? [''] : []),
    ...shown.flatMap((row) => rowLines(row, block, columns, widths)),
  ]);
}

/** Takes from the widest columns of words until all fit. */
function narrow(widths: number[], columns: readonly Column[], room: number): void {
  for (let over = lineWidth(widths) - room; over > 0; over--) {
    const words = widths.map((width, k) => (columns[k].align === 'left' ? width : 0));
    const widest = Math.max(...words);
    if (widest <= LEAST) return;
    widths[words.indexOf(widest)]--;
  }
}

/** Indices of columns that stand side by side; the first column is in every block. */
function blocks(widths: readonly number[], room: number): number[][] {
  const all = [[0]];
  for (let k = 1; k < widths.length; k++) {
    const block = all[all.length - 1];
    if (block.length === 1 || lineWidth([...block, k].map((each) => widths[each])) <= room) block.push(k);
    else all.push([0, k]);
  }
  return all;
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

/** The lines of one row: as many as its highest cell has. */
function rowLines(
  row: readonly string[],
  block: readonly number[],
  columns: readonly Column[],
  widths: readonly number[],
): string[] {
  const cells = block.map((k) => broken(row[k], widths[k]));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    block
      .map((k, at) => pad(cells[at][i] ?? '', widths[k], columns[k].align))
      .join(GAP)
      .trimEnd(),
  );
}

/** Broken between words, and inside a word that is wider than the column. */
function broken(cell: string, width: number): string[] {
  if (widthOf(cell) <= width) return [cell];
  return wrapped(cell, width).flatMap((line) => {
    const characters = Array.from(line);
    const pieces = Math.max(1, Math.ceil(characters.length / width));
    return Array.from({ length: pieces }, (_, i) => characters.slice(i * width, (i + 1) * width).join(''));
  });
}

function pad(cell: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(width - widthOf(cell));
  return align === 'right' ? space + cell : cell + space;
}

function widthOf(cell: string): number {
  return Array.from(cell).length;
}
