import type { ElementType } from './dtypes.js';

/** NumPy's codes of the element types that are read. */
export const NUMPY_CODES: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** Distances between neighbours along each axis, in elements. */
export function stridesOf(dims: readonly number[], isFortran: boolean): number[] {
  const strides = dims.map(() => 1);
  let step = 1;
  for (let i = 0; i < dims.length; i++) {
    const axis = isFortran ? i : dims.length - 1 - i;
    strides[axis] = step;
    step *= dims[axis];
  }
  return strides;
}
