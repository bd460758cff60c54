import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { type CsvRecord, delimiterOf, describeCsvError, LONGEST_ROW_BYTES } from '../../forecast/csv-record.js';
import { CliError, describeSystemError } from '../cli-error.js';

/**
 * Reads a CSV file row by row; blank lines are skipped. Fields are separated by commas or, where the first row has none,
 * by the semicolons or tabs that are there instead.
 *
 * @param name what messages call it
 * @throws {CliError} that names the line, if it cannot be read or is no CSV
 */
export async function* readRecords(name: string, source: Readable): AsyncGenerator<CsvRecord> {
  let line = 0;
  try {
    const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
    const first = await chunks.next();
    const delimiter = first.done ? ',' : delimiterOf(Buffer.from(first.value).toString('latin1'));
    const parser = parse({
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW_BYTES,
    });
    const whole = Readable.from(chain(first, chunks));
    whole.on('error', (error) => parser.destroy(error));
    for await (const record of whole.pipe(parser)) {
      line = record.info.lines;
      // Replacement characters: nobody could name such a column. In other rows they may be remarks that nobody reads.
      if (line === 1 && record.record.some((field: string) => field.includes('\uFFFD')))
        throw new CliError(describeBytes(name));
      yield { ...record, delimiter } as CsvRecord;
    }
  } catch (error) {
    throw error instanceof CliError
      ? error
      : new CliError(describeCsvError(name, line, error as CsvError, describeSystemError));
  } finally {
    source.destroy();
  }
}

function describeBytes(name: string): string {
  return `${name}: line 1: got bytes that are no UTF-8, expected UTF-8; convert the file, as with "iconv -f EUC-KR -t UTF-8" (or -f CP1252, -f SHIFT_JIS)`;
}

/** What comes first was taken to look at it. */
async function* chain<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let next = first; !next.done; next = await rest.next()) yield next.value;
}
