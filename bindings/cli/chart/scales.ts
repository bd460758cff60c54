import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale';
import type { Mark } from './mark.js';

/** One axis of a panel. */
export interface Axis {
  readonly title?: string;
  /**
   * `time` takes milliseconds since 1970 and shows UTC; `power` takes decimal logarithms and shows powers of ten, however
   * large or small; `count` has ticks at whole numbers alone (default: `linear`).
   */
  readonly kind?: 'linear' | 'count' | 'log' | 'time' | 'power';
  /** Least and greatest value shown (default: from the marks; round numbers on a linear or log axis that is vertical). */
  readonly domain?: readonly [number, number];
}

/** An axis with its place. */
export interface Scale {
  /** Where a value stands, in pixels; not finite for one that the axis cannot show. */
  (value: number): number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly kind: NonNullable<Axis['kind']>;
}

/**
 * Places an axis.
 *
 * @param values what it has to show; those it cannot are left out
 * @param range pixels of the least and of the greatest value
 * @param count about how many ticks
 * @param round whether the domain is widened to round numbers
 */
export function placeAxis(
  { kind = 'linear', domain }: Axis,
  values: Iterable<number>,
  range: readonly [number, number],
  count: number,
  round: boolean,
): Scale {
  const bounds = domain ?? boundsOf(values, kind === 'log');
  if (kind === 'time') {
    const scale = scaleUtc(bounds, range);
    const format = scale.tickFormat(count);
    const ticks = scale.ticks(count).map((date) => ({ at: scale(date), text: format(date) }));
    return Object.assign((value: number) => scale(value), { ticks, kind });
  }
  const scale = kind === 'log' ? scaleLog(bounds, range) : scaleLinear(bounds, range);
  if (round && !domain) scale.nice(count);
  const format = kind === 'power' ? powerText : scale.tickFormat(count, FORMATS[kind]);
  const marked = kind === 'count' ? scale.ticks(count).filter(Number.isInteger) : scale.ticks(count);
  const ticks = marked.map((value) => ({ at: scale(value), text: format(value) }));
  return Object.assign((value: number) => (kind === 'log' && !(value > 0) ? Number.NaN : scale(value)), {
    ticks: ticks.filter(({ text }) => text !== ''),
    kind,
  });
}

/** As d3-format writes them. */
const FORMATS: { readonly [Kind in NonNullable<Axis['kind']>]?: string } = { log: '~g', count: ',d' };

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `10⁻²⁰`; nothing for what is no whole power. */
function powerText(exponent: number): string {
  if (!Number.isInteger(exponent)) return '';
  if (exponent === 0) return '1';
  const digits = Array.from(String(Math.abs(exponent)), (digit) => RAISED[Number(digit)]).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** Values of a mark on an axis. */
export function* valuesOf(mark: Mark, axis: 'x' | 'y'): Generator<number> {
  if (mark.kind === 'rule') {
    if (mark.axis === axis) yield mark.at;
  } else if (mark.kind === 'spans') {
    if (axis === 'x') for (const span of mark.spans) yield* span;
  } else {
    for (const [x, ...ys] of mark.points) {
      if (axis === 'x') yield x;
      else yield* ys;
    }
  }
}

/** Least and greatest of the values an axis can show; some range where there are none or all are one. */
function boundsOf(values: Iterable<number>, positive: boolean): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value) || (positive && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return positive ? [1, 10] : [0, 1];
  if (low < high) return [low, high];
  const margin = Math.abs(low) / 2 || 1;
  return positive ? [low / 2, low * 2] : [low - margin, low + margin];
}
