/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand right, words left. */
  readonly align: 'left' | 'right';
}

const GAP = '  ';
/** Characters of a line of a terminal. */
const WIDTH = 80;
/** A column of words is not cut to fewer. */
const LEAST = 8;

/**
 * Lays out a table: columns as wide as their widest cell, two spaces between them, no rules. Where the lines would be wider
 * than a terminal, words of the widest columns are cut, ending in `…`.
 *
 * @param rows one cell for each column
 * @param indent characters that the caller puts before each line
 * @returns lines without trailing spaces; the first holds the titles, unless all are empty
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], indent = 0): string[] {
  const titles = columns.map(({ title }) => title);
  const shown = titles.some((title) => title !== '') ? [titles, ...rows] : rows;
  const widths = columns.map((_, k) => shown.reduce((width, row) => Math.max(width, widthOf(row[k])), 0));
  narrow(widths, columns, WIDTH - indent - GAP.length * (columns.length - 1));
  return shown.map((row) =>
    row
      .map((cell, k) => pad(cutTo(cell, widths[k]), widths[k], columns[k].align))
      .join(GAP)
      .trimEnd(),
  );
}

/** Takes from the widest columns of words until all fit. */
function narrow(widths: number[], columns: readonly Column[], room: number): void {
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const words = widths.map((width, k) => (columns[k].align === 'left' ? width : 0));
    const widest = Math.max(...words);
    if (widest <= LEAST) return;
    widths[words.indexOf(widest)]--;
  }
}

function cutTo(cell: string, width: number): string {
  return widthOf(cell) <= width
    ? cell
    : `${Array.from(cell)
        .slice(0, width - 1)
        .join('')}…`;
}

function pad(cell: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(width - widthOf(cell));
  return align === 'right' ? space + cell : cell + space;
}

function widthOf(cell: string): number {
  return Array.from(cell).length;
}
