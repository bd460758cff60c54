import { rangeError } from '../../../errors.js';
import { tensorOf } from '../../../graph/index.js';
import { formatDims } from '../../../tensor.js';
import type { StoredTensor } from '../files/hdf5.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { activate, readActivation } from './activations.js';
import { type LayerTable, mapping } from './layer.js';
import { isQuantized, quantizedProduct, quantizesInputs } from './quantized.js';

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

/** Which tokens are not zero. */
function nonZero(builder: GraphBuilder, label: string, ids: Value): Value {
  const zero = builder.constant(`${label}/zero`, tensorOf(ids.dtype, [], [0]));
  const isZero = builder.add('Equal', label, [ids.name, zero]);
  return { ...ids, name: builder.add('Not', label, [isZero]), dtype: 'bool', mask: undefined };
}

/** Layers with a matrix of weights. */
export const DENSE: LayerTable = {
  Dense: ({ builder, name, fields, variables, version, who }) => {
    const units = fields.integer('units', 1);
    const useBias = fields.flag('use_bias', true);
    const activation = readActivation(fields.get('activation'), version.dialect, `${who}: activation`);
    const quantized = isQuantized(fields);
    const names = ['kernel', ...(useBias ? ['bias'] : []), ...(quantized ? ['kernel_scale'] : [])];
    const taken = variables.take(names);
    const [kernel, bias] = taken;
    const scale = quantized ? expectShape(taken[names.length - 1], [units], who, 'kernel_scale') : undefined;
    const w = builder.floats(`${name}/kernel`, expectShape(kernel, [-1, units], who, 'kernel').dims, kernel.data);
    const b = useBias && builder.floats(`${name}/bias`, expectShape(bias, [units], who, 'bias').dims, bias.data);
    const s = scale && builder.floats(`${name}/scale`, scale.dims, scale.data);
    const rounds = quantized && quantizesInputs(fields);
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      const product = s
        ? quantizedProduct(builder, name, input, w, s, rounds)
        : builder.add('MatMul', name, [input.name, w]);
      const sum = b ? builder.add('Add', name, [product, b]) : product;
      return activate(builder, name, { ...input, name: sum }, activation);
    });
  },
  Embedding: ({ builder, name, fields, variables, who }) => {
    const size = [fields.integer('input_dim', 1), fields.integer('output_dim', 1)];
    const maskZero = fields.flag('mask_zero', false);
    const quantized = isQuantized(fields);
    const [table, scale] = variables.take(quantized ? ['embeddings', 'embeddings_scale'] : ['embeddings']);
    expectShape(table, size, who, 'embeddings');
    if (quantized) expectShape(scale, [size[0]], who, 'embeddings_scale');
    const numbers = quantized ? table.data.map((value, i) => value / scale.data[Math.floor(i / size[1])]) : table.data;
    const w = builder.floats(`${name}/embeddings`, size, numbers);
    return mapping((x) => {
      const ids = x.dtype === 'int32' ? x.name : builder.add('Cast', name, [x.name], { to: 6 });
      const mask = maskZero ? nonZero(builder, name, x) : undefined;
      const rows = builder.add('Gather', name, [w, ids], { axis: 0 });
      return { name: rows, dtype: 'float32', rank: x.rank + 1, timed: x.timed, mask };
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
      const mask = { ...input, name: builder.add('Squeeze', name, [chosen, axes]), rank: x.rank - 1, mask: undefined };
      return { ...input, name: steps, mask: { ...mask, dtype: 'bool' } };
    });
  },
};
