import { createReadStream } from 'node:fs';
import { namesOf } from '../../forecast/columns.js';
import type { CsvRecord } from '../../forecast/csv-record.js';
import { isDateLike } from '../../forecast/date-column.js';
import { findNotation, isMissing, isWrittenNumber, parseWritten } from '../../forecast/notation.js';
import { CliError } from '../cli-error.js';
import { readRecords } from '../csv/records.js';
import { commandWording } from '../forecast/read-series.js';
import { statInput } from '../input-file.js';
import { counted } from '../terminal/format.js';
import { oldestFirst } from './row-order.js';

/** "none" and "NA" may be classes. */
const NO_WORD = /^(nan)?$/i;

/** A CSV file whose columns are read one by one. */
export class Table {
  private constructor(
    private readonly path: string,
    readonly names: readonly string[],
    private readonly rows: readonly CsvRecord[],
  ) {}

  /** @throws {CliError} if there is no such file, or its rows differ in their columns */
  static async read(path: string): Promise<Table> {
    statInput(path);
    const rows: CsvRecord[] = [];
    for await (const row of readRecords(path, createReadStream(path))) {
      if (rows.length > 0 && row.record.length !== rows[0].record.length) {
        const [got, expected] = [row, rows[0]].map(({ record }) => counted(record.length, 'column'));
        throw new CliError(`${path}: line ${row.info.lines}: got ${got}, expected ${expected}, as line 1 has`);
      }
      rows.push(row);
    }
    const { names, first } = namesOf(path, rows, undefined, commandWording);
    const data = rows.slice(first);
    if (data.length === 0) throw new CliError(`${path}: got no rows, expected a row of names and rows of values`);
    return new Table(path, names, oldestFirst(names, data));
  }

  get count(): number {
    return this.rows.length;
  }

  /** @throws {CliError} if there is no such column */
  place(name: string, option: string): number {
    const index = this.names.indexOf(name);
    if (index >= 0) return index;
    throw new CliError(
      `${this.path}: ${option}: there is no column ${JSON.stringify(name)}; expected one of ${this.names.slice(0, 12).join(', ')}`,
    );
  }

  /** Names of columns between commas; a name may hold some itself. What is no column is left to `place` to refuse. */
  namesIn(list: string): string[] {
    const pieces = list.split(',');
    const found: string[] = [];
    for (let i = 0; i < pieces.length; ) {
      const ends = pieces.map((_, end) => end + 1).filter((end) => end > i);
      const nameTo = (end: number) => pieces.slice(i, end).join(',').trim();
      const end = ends.findLast((each) => this.names.includes(nameTo(each))) ?? i + 1;
      found.push(nameTo(end));
      i = end;
    }
    return found;
  }

  texts(column: number): string[] {
    return this.rows.map(({ record }) => record[column]);
  }

  /** The line of a row, from 1. */
  lineOf(row: number): number {
    return this.rows[row].info.lines;
  }

  isNumeric(column: number): boolean {
    const present = this.texts(column).filter((field) => !isMissing(field));
    const numbers = present.filter((field) => isWrittenNumber(field) && !isDateLike(field));
    return present.length > 0 && 2 * numbers.length >= present.length;
  }

  /** @throws {CliError} with line and column of a field that is empty */
  words(column: number): string[] {
    const fields = this.texts(column);
    const row = fields.findIndex((field) => NO_WORD.test(field));
    if (row < 0) return fields;
    throw new CliError(
      `${this.path}: line ${this.lineOf(row)}, column ${column + 1} (${this.names[column]}): got ${shown(fields[row])}, expected a word that names a class; leave the row out`,
    );
  }

  /** @throws {CliError} with line and column of what is no number */
  numbers(column: number): Float64Array {
    const fields = this.texts(column);
    const { mark } = findNotation(fields, this.rows[0].delimiter, commandWording) ?? { mark: '.' as const };
    return Float64Array.from(fields, (field, row) => {
      const value = isMissing(field) ? undefined : parseWritten(field, mark);
      if (value !== undefined && Number.isFinite(Math.fround(value))) return value;
      throw new CliError(
        `${this.path}: line ${this.lineOf(row)}, column ${column + 1} (${this.names[column]}): got ${shown(field)}, expected a number; leave the row or the column out (--features)`,
      );
    });
  }
}

function shown(field: string): string {
  return field === '' ? 'nothing' : JSON.stringify(field.slice(0, 40));
}
