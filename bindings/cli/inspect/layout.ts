import { oneLine } from '../cli-error.js';
import { cut } from '../terminal/format.js';
import { type Column, tableLines } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

/** What a file holds, in both forms that the command gives. */
export interface Inspection {
  /** Everything, uncut. */
  readonly content: object;
  /** Lines of text, ready for a terminal. */
  readonly lines: readonly string[];
}

/** Characters of a name that are shown. */
const LONGEST_NAME = 60;
/** Characters of a line, of which two set in those after the first. */
const LINE = 78;

export const left = (title: string): Column => ({ title, align: 'left' });
export const right = (title: string): Column => ({ title, align: 'right' });

/** A titled table, after an empty line; nothing where it has no rows. */
export function section(title: string, columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  return ['', title, ...tableLines(columns, rows, 2).map((line) => `  ${line}`)];
}

/** Text of a file, as lines of a terminal; after the first they are set in. */
export function paragraph(text: string, indent = ''): string[] {
  return wrapped(oneLine(text), LINE - indent.length).map((line, i) => `${indent}${i ? '  ' : ''}${line}`);
}

/** A name from a file, on one line and not too long. */
export function shownName(text: string): string {
  return oneLine(cut(text, LONGEST_NAME));
}

/** `64 × 3`, `batch × 128`, `scalar` */
export function shownDims(dims: readonly (number | string)[]): string {
  return dims.length ? shownName(dims.join(' × ')) : 'scalar';
}
