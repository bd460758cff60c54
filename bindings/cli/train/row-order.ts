import type { CsvRecord } from '../../forecast/csv-record.js';
import { looksLikeDates, readDates } from '../../forecast/date-column.js';
import { writeErr } from '../terminal/standard-output.js';

/**
 * Puts the oldest row first, where a column of dates tells which that is: a network goes through the rows as time does. What
 * was done, or could not be told, is said.
 *
 * @param rows at least one, without that of names
 */
export function oldestFirst(names: readonly string[], rows: readonly CsvRecord[]): readonly CsvRecord[] {
  const fieldsOf = (i: number) => rows.map(({ record }) => record[i]);
  const column = names.findIndex((name, i) => looksLikeDates(name, fieldsOf(i), i === 0 && names.length > 1));
  if (column < 0) return rows;
  const which = `column ${column + 1} (${names[column]})`;
  const times = readDates(fieldsOf(column), undefined)?.times;
  if (!times || times.some((time) => time === undefined)) {
    writeErr(`  ${which}: not all of its dates are understood: the first row is taken as the oldest`);
    return rows;
  }
  const steps = times.slice(1).map((time, i) => (time as number) - (times[i] as number));
  const [rises, falls] = [steps.some((step) => step > 0), steps.some((step) => step < 0)];
  if (rises && falls) writeErr(`  ${which}: dates are in no order: rows are read as they stand; sort the file by time`);
  if (rises || !falls) return rows;
  writeErr(`  ${which}: dates fall from row to row: rows are read from the last to the first`);
  return [...rows].reverse();
}
