import type { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { CliError, describeSystemError } from '../cli-error.js';

/** Longer rows are no series: a binary file, or a quote that was never closed. */
const LONGEST_ROW_BYTES = 1 << 24;

/** One row of a CSV file. */
export interface CsvRecord {
  /** Its fields, without spaces around them. */
  readonly record: readonly string[];
  /** `lines`: the line it ends in, from 1. */
  readonly info: Info;
}

/**
 * Reads a CSV file row by row; blank lines are skipped.
 *
 * @param name what messages call it
 * @throws {CliError} if it cannot be read or is no CSV
 */
export async function* readRecords(name: string, source: Readable): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: LONGEST_ROW_BYTES,
  });
  source.on('error', (error) => parser.destroy(new CliError(`cannot read ${name}: ${describeSystemError(error)}`)));
  try {
    for await (const record of source.pipe(parser)) yield record as CsvRecord;
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${name}: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
}
