import { expect } from 'vitest';
import type { GraphTensor } from '../../bindings/graph/index.js';
import { relativeError } from '../support/compare.js';
import type { CaseTensor, Elements } from './archive.js';

/** TensorProto's names where onnxruntime and we have others. */
const TYPES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

/**
 * Compares a tensor with what was expected: type and dims exactly, integers, booleans and strings exactly, floats by
 * `relativeError`.
 *
 * @param got with `type`, `dims` and `data` as onnxruntime's tensors have them
 * @returns the error; 0 for what is compared exactly
 */
export function tensorError(got: Pick<GraphTensor, 'type' | 'dims' | 'data'>, expected: CaseTensor): number {
  const { name, dtype } = expected;
  expect([got.type, ...got.dims], name).toEqual([TYPES[dtype] ?? dtype, ...expected.dims]);
  if (dtype === 'string') {
    expect(got.data, name).toEqual(expected.data);
    return 0;
  }
  if (!/float|double/.test(dtype)) {
    expect(Array.from(got.data, Number), name).toEqual(Array.from(expected.data as Iterable<number>, Number));
    return 0;
  }
  return relativeError(numbers(got.data, dtype), numbers(expected.data, dtype));
}

function numbers(data: GraphTensor['data'] | Elements, dtype: string): number[] {
  const values = Array.from(data as ArrayLike<number>, Number);
  if (dtype === 'bfloat16') return Array.from(new Float32Array(Uint32Array.from(values, (bits) => bits << 16).buffer));
  return dtype === 'float16' ? values.map(half) : values;
}

/** binary16, by its definition: sign, five bits of exponent, ten of fraction. */
function half(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
}
