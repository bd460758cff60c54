import { createReadStream } from 'node:fs';
import { DECIMAL } from '../arguments.js';
import { CliError } from '../cli-error.js';
import { type CsvRecord, readRecords } from '../csv/records.js';
import { statInput } from '../input-file.js';
import { nearest } from '../nearest.js';
import { counted, cut, formatCount } from '../terminal/format.js';
import { parseDate } from './dates.js';

/** A column of a CSV file. */
export interface TimeSeries {
  readonly name: string;
  readonly values: Float64Array;
  /** When each was, in milliseconds since 1970; undefined without a column of dates. */
  readonly times: Float64Array | undefined;
  /** Line of each value, from 1. */
  readonly lines: readonly number[];
  /** What was mended on the way, for people. */
  readonly notes: readonly string[];
}

/** What to do about a value that is missing: end with an error, leave its row out, or take the one before it. */
export type Missing = 'fail' | 'skip' | 'last';

/** Which part of a file is the series. */
export interface SeriesOptions {
  /** Name of the column (default: the only one of numbers). */
  readonly column: string | undefined;
  /** Name of the column of dates (default: the first whose first field is a date). */
  readonly date: string | undefined;
  /** Rows whose column `name` holds `value`; the others are left out. */
  readonly where: { readonly name: string; readonly value: string } | undefined;
  readonly missing: Missing;
}

const MISSING = /^(na|n\/a|nan|null|none|\.|-)?$/i;
/** A step this much longer than the usual one is a gap. */
const GAP = 1.75;

/**
 * Reads a series. The first row names the columns.
 *
 * @throws {CliError} that names line and column of what cannot be read
 */
export async function readSeries(path: string, options: SeriesOptions): Promise<TimeSeries> {
  statInput(path);
  const reader = new SeriesReader(path, options);
  for await (const row of readRecords(path, createReadStream(path))) reader.take(row);
  return reader.finish();
}

interface Columns {
  readonly names: readonly string[];
  readonly value: number;
  /** −1 without one. */
  readonly date: number;
  readonly where: number;
}

class SeriesReader {
  private names: readonly string[] | undefined;
  private columns: Columns | undefined;
  private readonly values: number[] = [];
  private readonly times: number[] = [];
  private readonly lines: number[] = [];
  private mended = 0;

  constructor(
    private readonly path: string,
    private readonly options: SeriesOptions,
  ) {}

  take({ record, info }: CsvRecord): void {
    const at = `${this.path}: line ${info.lines}`;
    if (!this.names) {
      this.names = record;
      return;
    }
    if (record.length !== this.names.length) {
      const expected = `${this.names.length}, as line 1 has`;
      throw new CliError(`${at}: got ${counted(record.length, 'column')}, expected ${expected}`);
    }
    this.columns ??= chooseColumns(this.path, this.names, record, this.options);
    const { value, date, where } = this.columns;
    if (where >= 0 && record[where] !== this.options.where?.value) return;
    const number = this.parseNumber(record[value], `${at}, column ${value + 1} (${this.names[value]})`);
    if (number === undefined) return;
    if (date >= 0) this.takeTime(record[date], `${at}, column ${date + 1} (${this.names[date]})`);
    this.values.push(number);
    this.lines.push(info.lines);
  }

  finish(): TimeSeries {
    const { path, columns, values, times, lines, options } = this;
    if (!columns || values.length === 0) {
      const among = options.where ? ` with ${options.where.name}=${options.where.value}` : '';
      throw new CliError(`${path}: got no rows${among}, expected a row of names and rows of numbers`);
    }
    const notes: string[] = [];
    if (this.mended > 0) {
      const how = options.missing === 'skip' ? 'rows left out' : 'values taken from the row before';
      notes.push(`${this.mended} missing: ${how}`);
    }
    if (times.length > 2) notes.push(...describeGaps(times, lines));
    return {
      name: columns.names[columns.value],
      values: Float64Array.from(values),
      times: columns.date < 0 ? undefined : Float64Array.from(times),
      lines,
      notes,
    };
  }

  /** @returns undefined for a row that is left out */
  private parseNumber(field: string, at: string): number | undefined {
    // Errors are squared: so must a value be that can be forecast.
    if (DECIMAL.test(field) && Number.isFinite(Number(field) ** 2)) return Number(field);
    if (!MISSING.test(field)) throw new CliError(`${at}: got ${JSON.stringify(field.slice(0, 40))}, expected a number`);
    const { missing } = this.options;
    if (missing === 'fail') {
      throw new CliError(
        `${at}: got ${field === '' ? 'nothing' : JSON.stringify(field)}, expected a number; say --missing skip or --missing last`,
      );
    }
    if (missing === 'last' && this.values.length === 0) {
      throw new CliError(`${at}: got nothing in the first row, expected a number to go on from; say --missing skip`);
    }
    this.mended++;
    return missing === 'skip' ? undefined : this.values[this.values.length - 1];
  }

  private takeTime(field: string, at: string): void {
    const time = parseDate(field);
    if (time === undefined) {
      throw new CliError(`${at}: got ${JSON.stringify(field.slice(0, 40))}, expected a date such as 2000-01-31`);
    }
    const { times, lines } = this;
    const before = times[times.length - 1];
    if (time <= before) {
      const relation = time === before ? 'the same date as' : 'a date before that of';
      throw new CliError(
        `${at}: got ${JSON.stringify(field)}, ${relation} line ${lines[lines.length - 1]}, expected dates in order; sort the file, or choose one of several series with --where NAME=VALUE`,
      );
    }
    times.push(time);
  }
}

function chooseColumns(
  path: string,
  names: readonly string[],
  first: readonly string[],
  { column, date, where }: SeriesOptions,
): Columns {
  const find = (option: string, name: string) => {
    const index = names.indexOf(name);
    const again = names.indexOf(name, index + 1);
    if (index >= 0 && again < 0) return index;
    if (index >= 0) {
      throw new CliError(
        `${path}: ${option}: got columns ${index + 1} and ${again + 1} of the name ${JSON.stringify(cut(name, LONGEST_NAME))}, expected one; rename one of them`,
      );
    }
    const meant = nearest(name, names);
    const advice = meant
      ? `did you mean ${JSON.stringify(cut(meant, LONGEST_NAME))}?`
      : `expected one of ${listed(names)}`;
    throw new CliError(`${path}: ${option}: there is no column ${JSON.stringify(cut(name, LONGEST_NAME))}; ${advice}`);
  };
  // A whole number such as 2000 may be a year, but is more likely a value.
  const isDate = (field: string) => !DECIMAL.test(field) && parseDate(field) !== undefined;
  const dateColumn = date === undefined ? first.findIndex(isDate) : find('--date', date);
  const numbers = names.map((_, i) => i).filter((i) => i !== dateColumn && DECIMAL.test(first[i]));
  if (column === undefined && numbers.length !== 1) {
    const among = numbers.length === 0 ? 'got no column of numbers' : `got ${numbers.length} columns of numbers`;
    const choices = listed(numbers.length === 0 ? names : numbers.map((i) => names[i]));
    throw new CliError(`${path}: ${among}; choose with --column one of ${choices}`);
  }
  return {
    names,
    value: column === undefined ? numbers[0] : find('--column', column),
    date: dateColumn,
    where: where === undefined ? -1 : find('--where', where.name),
  };
}

/** Of a file with more columns, the first are named. */
const MOST_LISTED = 8;
const LONGEST_NAME = 40;

/** Names for a message; one that would not be seen as such is quoted. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => {
    const short = cut(name, LONGEST_NAME);
    return /^[^\s,]+$/.test(short) ? short : JSON.stringify(short);
  });
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${formatCount(more)} more` : shown.join(', ');
}

/** Steps of uneven length are taken as even ones; whoever reads the forecast should know. */
function describeGaps(times: readonly number[], lines: readonly number[]): string[] {
  const steps = times.slice(1).map((time, i) => time - times[i]);
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  const gaps = steps.map((step, i) => ({ step, line: lines[i + 1] })).filter(({ step }) => step > GAP * usual);
  if (gaps.length === 0) return [];
  const longest = gaps.reduce((most, each) => (each.step > most.step ? each : most));
  const days = (milliseconds: number) => `${Math.round(milliseconds / 864e3) / 100} days`;
  return [
    `${gaps.length} of ${steps.length} steps are longer than the usual ${days(usual)} (the longest, ${days(longest.step)}, ends at line ${longest.line}); all count as one step`,
  ];
}
