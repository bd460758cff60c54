import { HiddenstateError } from '../errors.js';
import { counted } from '../text.js';
import { type Columns, chooseColumns, namesOf } from './columns.js';
import type { CsvRecord } from './csv-record.js';
import { readDates } from './date-column.js';
import { describeGaps, fillMissing, orderRows } from './mend-rows.js';
import { findNotation, isMissing, parseWritten } from './notation.js';
import type { SeriesOptions } from './series-options.js';
import { programWording, type Wording } from './wording.js';

/** A column of a CSV file. */
export interface TimeSeries {
  readonly name: string;
  readonly values: Float64Array;
  /** When each was, in milliseconds since 1970; undefined without a column of dates. */
  readonly times: Float64Array | undefined;
  /** Line of each value, from 1. */
  readonly lines: readonly number[];
  /** What was found out or mended on the way, for people. */
  readonly notes: readonly string[];
}

/** Rows by which columns are chosen. */
const SAMPLE = 1000;

/** Collects the fields of two columns: how they are written is known only when all are there. */
export class SeriesReader {
  private width = 0;
  private delimiter = ',';
  private sample: CsvRecord[] | undefined = [];
  private columns: Columns | undefined;
  private readonly values: string[] = [];
  private readonly dates: string[] = [];
  private readonly lines: number[] = [];
  private readonly notes: string[] = [];
  private readonly wording: Wording;

  constructor(
    private readonly path: string,
    private readonly options: SeriesOptions,
  ) {
    this.wording = options.wording ?? programWording;
  }

  take(row: CsvRecord): void {
    const { record, info, delimiter } = row;
    if (this.width === 0) [this.width, this.delimiter] = [record.length, delimiter];
    if (record.length !== this.width) {
      const expected = `${this.width}, as line 1 has`;
      throw new HiddenstateError(
        'DATA',
        `${this.path}: line ${info.lines}: got ${counted(record.length, 'column')}, expected ${expected}`,
      );
    }
    if (!this.sample) this.keep(row);
    else if (this.sample.push(row) > SAMPLE) this.choose();
  }

  finish(): TimeSeries {
    if (this.sample) this.choose();
    const { path, columns, options, notes } = this;
    if (!columns || this.values.length === 0) {
      const among = options.where ? ` with ${options.where.name}=${options.where.value}` : '';
      throw new HiddenstateError('DATA', `${path}: got no rows${among}, expected a row of names and rows of numbers`);
    }
    const times = columns.date < 0 ? undefined : this.parseDates(columns);
    const numbers = this.parseNumbers(columns);
    const at = (row: number) => this.place(row, columns.value);
    const ordered = orderRows(
      { values: numbers, times, lines: this.lines },
      (row) => `${this.place(row, columns.date)}: got ${JSON.stringify(this.dates[row])}`,
      this.wording,
    );
    if (ordered.note) notes.push(ordered.note);
    const filled = fillMissing(
      ordered.rows,
      options.missing ?? 'fail',
      (row) => `${at(row)}: got ${shown(this.values[row])}`,
      this.wording,
    );
    if (filled.note) notes.push(filled.note);
    if (filled.rows.times && filled.rows.times.length > 2)
      notes.push(...describeGaps(filled.rows.times, filled.rows.lines));
    return {
      name: columns.names[columns.value],
      values: Float64Array.from(filled.rows.values as readonly number[]),
      times: filled.rows.times && Float64Array.from(filled.rows.times),
      lines: filled.rows.lines,
      notes,
    };
  }

  /** Chooses the columns by the rows so far, and lets go of the others. */
  private choose(): void {
    const rows = this.sample as CsvRecord[];
    this.sample = undefined;
    const { names, first, note } = namesOf(this.path, rows, this.options.header, this.wording);
    if (note) this.notes.push(note);
    const data = rows.slice(first);
    if (data.length === 0) return;
    this.columns = chooseColumns(this.path, names, data, this.options);
    this.notes.push(...this.columns.notes);
    for (const row of data) this.keep(row);
  }

  private keep({ record, info }: CsvRecord): void {
    const { value, date, where } = this.columns as Columns;
    if (where >= 0 && record[where] !== this.options.where?.value) return;
    this.values.push(record[value]);
    this.dates.push(date < 0 ? '' : record[date]);
    this.lines.push(info.lines);
  }

  private place(row: number, column: number): string {
    return `${this.path}: line ${this.lines[row]}, column ${column + 1} (${(this.columns as Columns).names[column]})`;
  }

  /** @returns NaN for what is missing */
  private parseNumbers({ value }: Columns): number[] {
    const { values, options, delimiter } = this;
    const present = values.filter((field) => !isMissing(field));
    const found = options.decimal ? { mark: options.decimal } : findNotation(present, delimiter, this.wording);
    if (!found) {
      const row = values.findIndex((field) => !isMissing(field));
      throw new HiddenstateError(
        'DATA',
        `${this.place(row, value)}: got ${JSON.stringify(values[row])} and others like it, which could be thousands or fractions; say ${this.wording('decimal', '.')} or ${this.wording('decimal', ',')}`,
      );
    }
    if ('note' in found && found.note) this.notes.push(found.note);
    return values.map((field, row) => {
      if (isMissing(field)) return Number.NaN;
      const number = parseWritten(field, found.mark);
      // Errors are squared: so must a value be that can be forecast.
      if (number !== undefined && Number.isFinite(number ** 2)) return number;
      const remedy =
        number === undefined && parseWritten(field, found.mark === '.' ? ',' : '.') !== undefined
          ? `, written as the others are or all with ${this.wording('decimal', found.mark === '.' ? ',' : '.')}`
          : '';
      throw new HiddenstateError('DATA', `${this.place(row, value)}: got ${shown(field)}, expected a number${remedy}`);
    });
  }

  private parseDates({ date }: Columns): number[] {
    const { dates, options } = this;
    const read = readDates(dates, options.dateOrder);
    if (!read) {
      throw new HiddenstateError(
        'DATA',
        `${this.place(0, date)}: got ${shown(dates[0])} and others like it, which could be month/day or day/month; say ${this.wording('dateOrder', 'mdy')} or ${this.wording('dateOrder', 'dmy')}`,
      );
    }
    if (read.note)
      this.notes.push(
        `${read.note}${/month|year/.test(read.note) ? `; ${this.wording('dateOrder')} says otherwise` : ''}`,
      );
    return read.times.map((time, row) => {
      if (time !== undefined) return time;
      throw new HiddenstateError(
        'DATA',
        `${this.place(row, date)}: got ${shown(dates[row])}, expected a date such as 2000-01-31`,
      );
    });
  }
}

/** A field for a message. */
function shown(field: string): string {
  return field === '' ? 'nothing' : JSON.stringify(field.slice(0, 40));
}
