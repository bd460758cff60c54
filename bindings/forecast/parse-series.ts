import { chooseKinds, namesOf } from './columns.js';
import type { SeriesOptions } from './series-options.js';
import { SeriesReader, type TimeSeries } from './series-reader.js';
import { splitRows } from './split-rows.js';
import { programWording } from './wording.js';

/** A column of a table, as far as its first rows tell. */
export interface TableColumn {
  readonly name: string;
  readonly kind: 'number' | 'date' | 'text';
  /** The different texts of a column of few: what `where` can choose by. */
  readonly values?: readonly string[];
}

/** More different texts than this are no choice. */
const MOST_VALUES = 50;

/**
 * Reads a series from the text of a CSV file. The first row names the columns, unless it holds values as the second does.
 * Fields are separated by commas or, where the first row has none, by semicolons or tabs. Dates and numbers are read as people
 * write them, all of a column in the same way; `notes` of the result say what was found out.
 *
 * @param text the whole file
 * @param options which column, and how it is written
 * @param name what messages call the file
 * @throws {HiddenstateError} with code `HIDDENSTATE_DATA`, naming line and column, if it cannot be read
 *
 * @example
 * ```ts
 * import { parseSeries } from 'hiddenstate/forecast';
 *
 * const { values, times } = parseSeries('date,price\n2024-01,3.5\n2024-02,4\n');
 * console.log(values.join(' '), times?.length); // 3.5 4 2
 * ```
 */
export function parseSeries(text: string, options: SeriesOptions = {}, name = 'parseSeries'): TimeSeries {
  const reader = new SeriesReader(name, options);
  for (const row of splitRows(text, name)) reader.take(row);
  return reader.finish();
}

/**
 * Says what columns a CSV file has, so that one can be chosen.
 *
 * @param text the whole file
 * @throws {HiddenstateError} with code `HIDDENSTATE_DATA` if it is no CSV file
 *
 * @example
 * ```ts
 * import { describeTable } from 'hiddenstate/forecast';
 *
 * const columns = describeTable('date,price\n2024-01,3.5\n2024-02,4\n');
 * console.log(columns.map(({ name, kind }) => `${name}: ${kind}`)); // [ 'date: date', 'price: number' ]
 * ```
 */
export function describeTable(text: string, name = 'describeTable'): TableColumn[] {
  const rows = splitRows(text, name);
  const { names, first } = namesOf(name, rows, undefined, programWording);
  const data = rows.slice(first).map(({ record }) => record);
  const kinds = chooseKinds(names, data);
  return names.map((column, i) => {
    if (kinds[i] !== 'text') return { name: column, kind: kinds[i] };
    const values = [...new Set(data.map((record) => record[i]))];
    return { name: column, kind: 'text', ...(values.length <= MOST_VALUES && { values }) };
  });
}
