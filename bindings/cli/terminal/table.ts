/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand right, words left. */
  readonly align: 'left' | 'right';
}

const GAP = '  ';

/**
 * Lays out a table: columns as wide as their widest cell, two spaces between them, no rules.
 *
 * @param rows one cell for each column
 * @returns lines without trailing spaces; the first holds the titles, unless all are empty
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const shown = titles.some((title) => title !== '') ? [titles, ...rows] : rows;
  const widths = columns.map((_, k) => shown.reduce((width, row) => Math.max(width, widthOf(row[k])), 0));
  return shown.map((row) =>
    row
      .map((cell, k) => pad(cell, widths[k], columns[k].align))
      .join(GAP)
      .trimEnd(),
  );
}

function pad(cell: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(width - widthOf(cell));
  return align === 'right' ? space + cell : cell + space;
}

function widthOf(cell: string): number {
  return Array.from(cell).length;
}
