import { typeError } from '../../errors.js';
import { sizeOf } from '../dims.js';
import { DTYPE_NUMBERS, type Dtype, fromHalf, STORAGE, toHalf } from '../dtype.js';
import { type Operator, type OperatorTable, type Prepared, type Site, seenWith } from '../operator.js';
import { overArrays } from './over-arrays.js';

function castTo(site: Site, to: Dtype): Prepared {
  const { dtype, dims } = site.input(0);
  if (dtype === to || (dtype === 'float16' && to === 'float32')) return seenWith(dims, to);
  const size = sizeOf(dims);
  const convert = conversion(dtype, to);
  return overArrays([site.input(0)], { dtype: to, dims }, (out, o, from, at) => {
    for (let i = 0; i < size; i++) out[o + i] = convert(from[0][at[0] + i]);
  });
}

/** What storing alone does not do: truth values, truncation where integers are held as float64, rounding to half floats. */
function conversion(from: Dtype, to: Dtype): (x: number) => number {
  if (to === 'bool') return (x) => (x !== 0 ? 1 : 0);
  if (to === 'float16') return (x) => fromHalf(toHalf(x));
  if (STORAGE[to].view === 'f64' && STORAGE[to].integer && !STORAGE[from].integer) return Math.trunc;
  return (x) => x;
}

const cast: Operator = (site) => {
  const number = site.attributes.int('to');
  const to = DTYPE_NUMBERS[number];
  if (to === undefined) throw typeError(`${site.who}: got data type number ${number}, expected a numeric type`);
  return castTo(site, to);
};

const castLike: Operator = (site) => castTo(site, site.input(1).dtype);

export const CASTS: OperatorTable = {
  Cast: [{ since: 6, operator: cast }],
  CastLike: [{ since: 15, operator: castLike }],
};
