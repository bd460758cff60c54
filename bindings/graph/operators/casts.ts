import { typeError } from '../../errors.js';
import { sizeOf, type Who } from '../dims.js';
import { DTYPE_NUMBERS, type Dtype, fromBrain, fromHalf, STORAGE, toBrain, toHalf, typeName } from '../dtype.js';
import { type Operator, type OperatorTable, type Prepared, type Site, seenWith } from '../operator.js';
import { overArrays } from './over-arrays.js';

function castTo(site: Site, to: Dtype): Prepared {
  const { dtype, dims } = site.input(0);
  if (dtype === to || (dtype.endsWith('float16') && to === 'float32')) return seenWith(dims, to);
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
  if (to === 'bfloat16') return (x) => fromBrain(toBrain(x));
  if (to === 'int4') return (x) => (x << 28) >> 28;
  if (to === 'uint4') return (x) => x & 15;
  if (STORAGE[to].view === 'f64' && STORAGE[to].integer && !STORAGE[from].integer) return Math.trunc;
  return (x) => x;
}

/**
 * The type of one of ONNX's numbers.
 *
 * @throws {TypeError} if it is none that the runtime has
 */
export function dtypeNamed(site: Who, number: number): Dtype {
  const dtype = DTYPE_NUMBERS[number];
  if (dtype) return dtype;
  const expected = Object.values(DTYPE_NUMBERS).join(', ');
  throw typeError(`${site.who}: got data type ${typeName(number)}, expected one of ${expected}`);
}

const cast: Operator = (site) => castTo(site, dtypeNamed(site, site.attributes.int('to')));

const castLike: Operator = (site) => castTo(site, site.input(1).dtype);

export const CASTS: OperatorTable = {
  Cast: [{ since: 6, operator: cast }],
  CastLike: [{ since: 15, operator: castLike }],
};
