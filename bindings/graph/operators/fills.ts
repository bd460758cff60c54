import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxis, sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable } from '../operator.js';
import { tensorBytes } from '../planned-value.js';

const constant: Operator = (site) => {
  const { attributes } = site;
  const value = attributes.tensor('value') ?? attributes.tensor('value_string') ?? attributes.tensor('value_strings');
  if (value) return { outputs: [{ constant: value }] };
  if (attributes.has('value_float')) return known('float32', [], [attributes.float('value_float')]);
  if (attributes.has('value_int')) return known('int64', [], [attributes.int('value_int')]);
  const floats = attributes.floats('value_floats');
  if (floats) return known('float32', [floats.length], floats);
  const ints = attributes.ints('value_ints');
  if (ints) return known('int64', [ints.length], ints);
  throw typeError(`${site.who}: got no value, expected a tensor, numbers or strings (no sparse tensor)`);
};

function known(...[dtype, dims, elements]: Parameters<typeof tensorOf>) {
  return { outputs: [{ constant: tensorOf(dtype, dims, elements) }] };
}

/** One value everywhere. */
const constantOfShape: Operator = (site) => {
  const dims = Array.from(site.constant(0).data);
  const value = site.attributes.tensor('value') ?? tensorOf('float32', [1], [0]);
  if (value.data.length !== 1) throw rangeError(`${site.who}: got dims ${formatDims(value.dims)}, expected one value`);
  const { dtype } = value;
  tensorBytes(dtype, dims, site);
  const size = sizeOf(dims);
  if (size <= FEW) return known(dtype, dims, new Array(size).fill(value.data[0]));
  return {
    outputs: [{ dtype, dims }],
    bind: ({ output, memory }) => {
      const { view } = STORAGE[dtype];
      const o = Memory.index(output(0), view);
      return () => memory[view].fill(value.data[0], o, o + size);
    },
  };
};

/** Shapes and states of this many elements are worth knowing; what is larger is filled when it runs. */
const FEW = 4096;

const range: Operator = (site) => {
  const { dtype } = site.input(0);
  const [start, limit, delta] = [0, 1, 2].map((i) => site.constant(i).data[0]);
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isSafeInteger(count)) {
    throw rangeError(`${site.who}: got ${start} to ${limit} by ${delta}, expected a finite number of elements`);
  }
  const { view } = STORAGE[dtype];
  return {
    outputs: [{ dtype, dims: [count] }],
    bind: ({ output, memory }) => {
      const o = Memory.index(output(0), view);
      return () => {
        const values = memory[view];
        for (let i = 0; i < count; i++) values[o + i] = start + i * delta;
      };
    },
  };
};

/** Off and on values, the on value at each index along a new axis. */
const oneHot: Operator = (site) => {
  const at = site.input(0);
  const depth = site.constant(1).data[0];
  const { dtype, dims } = site.input(2);
  if (!Number.isSafeInteger(depth) || depth < 1)
    throw rangeError(`${site.who}: got depth ${depth}, expected at least 1`);
  if (sizeOf(dims) !== 2) throw rangeError(`${site.who}: got values ${formatDims(dims)}, expected off and on`);
  const axis = resolveAxis(site.attributes.int('axis', -1), at.dims.length + 1, site);
  const result = at.dims.toSpliced(axis, 0, depth);
  const count = sizeOf(at.dims);
  const stride = sizeOf(at.dims.slice(axis));
  return {
    outputs: [{ dtype, dims: result }],
    bind: ({ input, output, memory }) => {
      const { view } = STORAGE[dtype];
      const indexView = STORAGE[at.dtype].view;
      const [o, values] = [Memory.index(output(0), view), Memory.index(input(2), view)];
      const indices = Memory.index(input(0), indexView);
      return () => {
        const out = memory[view];
        out.fill(out[values], o, o + count * depth);
        for (let i = 0; i < count; i++) {
          const index = memory[indexView][indices + i];
          const hot = index < 0 ? index + depth : index;
          if (!(hot >= 0 && hot < depth)) continue;
          const outer = Math.floor(i / stride);
          out[o + (outer * depth + Math.trunc(hot)) * stride + (i % stride)] = out[values + 1];
        }
      };
    },
  };
};

/** Operators that make elements. */
export const FILLS: OperatorTable = {
  Constant: constant,
  ConstantOfShape: [{ since: 9, operator: constantOfShape }],
  Range: [{ since: 11, operator: range }],
  OneHot: [{ since: 9, operator: oneHot }],
};
