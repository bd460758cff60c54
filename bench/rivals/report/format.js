/** Numbers and tables as the report writes them. */

/** Three significant digits, without an exponent. */
export function digits(value) {
  if (value >= 100) return Math.round(value).toString();
  return value.toPrecision(value < 1 ? 2 : 3);
}

/** A ratio: `8.3×`, and `12×` from ten on. */
export const ratio = (value) => `${value >= 10 ? Math.round(value) : value.toFixed(value < 2 ? 2 : 1)}×`;

/** A duration given in microseconds, in the unit of its column. */
export function time(microseconds, unit) {
  return digits(unit === 'ms' ? microseconds / 1000 : microseconds);
}

export const percent = (value) => `${Math.round(value * 100)} %`;

/** Bytes as kB or MB of a thousand. */
export function bytes(value) {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e3).toFixed(1)} kB`;
}

/** A Markdown table; the first column is text, the others are right-aligned. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), `|---|${'--:|'.repeat(header.length - 1)}`, ...rows.map(line)].join('\n');
}
