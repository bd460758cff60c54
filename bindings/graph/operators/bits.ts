import { typeError } from '../../errors.js';
import { extremesOf, STORAGE } from '../dtype.js';
import type { Operator, OperatorTable } from '../operator.js';
import { choice } from './choice.js';
import { arithmetic, by } from './combinations.js';
import { map } from './maps.js';
import { indices } from './picks.js';

/** A function of the bits of two integers. 64-bit ones, held as float64, go through it in two halves. */
function bitwise(pair: (a: number, b: number) => number): Operator {
  const whole = arithmetic(by(pair));
  const signed = arithmetic(by((a, b) => pair(high(a), high(b)) * HALF + (pair(a % HALF, b % HALF) >>> 0)));
  const unsigned = arithmetic(by((a, b) => (pair(high(a), high(b)) >>> 0) * HALF + (pair(a % HALF, b % HALF) >>> 0)));
  return (site) => {
    const { dtype } = indices(site, 0);
    if (STORAGE[dtype].view !== 'f64') return whole(site);
    return dtype === 'int64' ? signed(site) : unsigned(site);
  };
}

const HALF = 2 ** 32;

/** The upper 32 bits of a 64-bit integer in two's complement. */
const high = (x: number): number => Math.floor(x / HALF);

const bitwiseNot: Operator = (site) => {
  const { dtype } = indices(site, 0);
  const [least, most] = extremesOf(dtype);
  if (dtype === 'uint64') throw typeError(`${site.who}: got uint64, expected integers of other types`);
  return map((x) => (least === 0 ? most - x : -1 - x))(site);
};

const bitShift: Operator = (site) => {
  const { dtype } = indices(site, 0);
  const bits = dtype.endsWith('64') ? 64 : 8 * STORAGE[dtype].bytes;
  const wrapped = (x: number) => {
    if (bits < 64) return x;
    const rest = x % 2 ** 64;
    return dtype === 'int64' && Math.abs(rest) >= 2 ** 63 ? rest - Math.sign(rest) * 2 ** 64 : rest;
  };
  // All bits go where the shift is too large, and below 0 every shift is.
  const within = (shift: number) => (shift >= 0 && shift < bits ? shift : bits);
  const left = choice(site, 'direction', { LEFT: true, RIGHT: false }, '');
  const shift = left
    ? (a: number, b: number) => (within(b) === bits ? 0 : wrapped(a * 2 ** b))
    : (a: number, b: number) => Math.floor(a / 2 ** within(b));
  return arithmetic(by(shift))(site);
};

/** Operators on the bits of integers. */
export const BITS: OperatorTable = {
  BitwiseAnd: [{ since: 18, operator: bitwise((a, b) => a & b) }],
  BitwiseOr: [{ since: 18, operator: bitwise((a, b) => a | b) }],
  BitwiseXor: [{ since: 18, operator: bitwise((a, b) => a ^ b) }],
  BitwiseNot: [{ since: 18, operator: bitwiseNot }],
  BitShift: [{ since: 11, operator: bitShift }],
};
