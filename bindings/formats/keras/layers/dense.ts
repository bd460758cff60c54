import { rangeError } from '../../../errors.js';
import { formatDims } from '../../../tensor.js';
import type { StoredTensor } from '../files/hdf5.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { activate, readActivation } from './activations.js';
import { type LayerTable, mapping } from './layer.js';

/**
 * Checks a weight against its layer.
 *
 * @param dims extents; −1 for any
 * @throws {RangeError} if it has others
 */
export function expectShape(tensor: StoredTensor, dims: readonly number[], who: string, name: string): StoredTensor {
  const fits = tensor.dims.length === dims.length && dims.every((dim, i) => dim === -1 || dim === tensor.dims[i]);
  if (fits) return tensor;
  const expected = formatDims(dims.map((dim) => (dim === -1 ? 'any' : dim)));
  throw rangeError(`${who}: ${name}: got dims ${formatDims(tensor.dims)}, expected ${expected}`);
}

/** The mask of a value, as a value that nodes can read: f32[B, T]. */
function nonZeroSteps(builder: GraphBuilder, label: string, ids: Value): string {
  const zero = builder.constant(`${label}/zero`, {
    dtype: ids.dtype,
    dims: [],
    data: ids.dtype === 'int32' ? Int32Array.of(0) : Float32Array.of(0),
  });
  const isZero = builder.add('Equal', label, [ids.name, zero]);
  return builder.add('Cast', label, [builder.add('Not', label, [isZero])], { to: 1 });
}

/** Layers with a matrix of weights. */
export const DENSE: LayerTable = {
  Dense: ({ builder, name, fields, variables, dialect, who }) => {
    const units = fields.integer('units', 1);
    const useBias = fields.flag('use_bias', true);
    const activation = readActivation(fields.get('activation'), dialect, `${who}: activation`);
    const [kernel, bias] = variables.take(useBias ? ['kernel', 'bias'] : ['kernel']);
    const w = builder.floats(`${name}/kernel`, expectShape(kernel, [-1, units], who, 'kernel').dims, kernel.data);
    const b = useBias && builder.floats(`${name}/bias`, expectShape(bias, [units], who, 'bias').dims, bias.data);
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      const product = builder.add('MatMul', name, [input.name, w]);
      const sum = b ? builder.add('Add', name, [product, b]) : product;
      return activate(builder, name, { ...input, name: sum }, activation);
    });
  },
  Embedding: ({ builder, name, fields, variables, who }) => {
    const size = [fields.integer('input_dim', 1), fields.integer('output_dim', 1)];
    const maskZero = fields.flag('mask_zero', false);
    const [table] = variables.take(['embeddings']);
    const w = builder.floats(`${name}/embeddings`, expectShape(table, size, who, 'embeddings').dims, table.data);
    return mapping((x) => {
      const ids = x.dtype === 'int32' ? x.name : builder.add('Cast', name, [x.name], { to: 6 });
      const mask = maskZero ? nonZeroSteps(builder, name, x) : undefined;
      const rows = builder.add('Gather', name, [w, ids], { axis: 0 });
      return { name: rows, dtype: 'float32', rank: x.rank + 1, mask };
    });
  },
  Masking: ({ builder, name, fields }) => {
    const value = fields.number('mask_value', 0);
    const masked = builder.floats(`${name}/mask_value`, [], [value]);
    const axes = builder.integers(`${name}/axes`, [-1]);
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      const differs = builder.add('Not', name, [builder.add('Equal', name, [input.name, masked])]);
      const counts = builder.add('Cast', name, [differs], { to: 1 });
      const kept = builder.add('ReduceMax', name, [counts, axes], { keepdims: 1 });
      // Selected rather than multiplied: a masked step may hold anything, and 0 · NaN is NaN.
      const zero = builder.floats(`${name}/zero`, [], [0]);
      const chosen = builder.add('Cast', name, [kept], { to: 9 });
      const steps = builder.add('Where', name, [chosen, input.name, zero]);
      return { ...input, name: steps, mask: builder.add('Squeeze', name, [kept, axes]) };
    });
  },
};
