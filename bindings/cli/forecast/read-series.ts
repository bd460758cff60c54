import { createReadStream } from 'node:fs';
import type { SeriesOptions } from '../../forecast/series-options.js';
import { SeriesReader, type TimeSeries } from '../../forecast/series-reader.js';
import type { Wording } from '../../forecast/wording.js';
import { readRecords } from '../csv/records.js';
import { statInput } from '../input-file.js';

/** As a command line gives options: `--date-order mdy`. */
export const commandWording: Wording = (option, value) => {
  const name =
    option === 'where' ? 'where NAME=VALUE' : option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${name}${value === undefined ? '' : ` ${value}`}`;
};

/**
 * Reads a series. The first row names the columns, unless it holds values as the second does.
 *
 * @throws {HiddenstateError | CliError} that names line and column of what cannot be read
 */
export async function readSeries(path: string, options: SeriesOptions): Promise<TimeSeries> {
  statInput(path);
  const reader = new SeriesReader(path, { ...options, wording: commandWording });
  for await (const row of readRecords(path, createReadStream(path))) reader.take(row);
  return reader.finish();
}
