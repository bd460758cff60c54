import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** A column of a file of vega-datasets, as numbers. */
export function realSeries(file: string, column: string): number[] {
  const text = readFileSync(new URL(`../../node_modules/vega-datasets/data/${file}`, import.meta.url), 'utf8');
  const rows = parse(text, { columns: true }) as Record<string, string>[];
  return rows.map((row) => Number(row[column]));
}
