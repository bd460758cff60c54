export { counted, cut, formatCount } from '../../text.js';

/** `3.5 MB`: powers of ten, as disks and networks count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let size = bytes / 1000;
  let unit = 0;
  for (; size >= 999.5 && unit < units.length - 1; unit++) size /= 1000;
  return `${formatNumber(size)} ${units[unit]}`;
}

/** Three digits that count: `0.33`, `12.5`, `1,290`. */
export function formatNumber(value: number): string {
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** One decimal, so that a column of them lines up: `4.6`, `11.4`. */
export function formatTenths(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** `11.4×` */
export function formatRatio(ratio: number): string {
  return `${formatTenths(ratio)}×`;
}

/** `0.08 s`, `12.5 s`, `3:05 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${formatNumber(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
}
