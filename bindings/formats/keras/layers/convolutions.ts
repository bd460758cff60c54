import { rangeError } from '../../../errors.js';
import type { StoredTensor } from '../files/hdf5.js';
import { activate, readActivation } from './activations.js';
import { constantOf, inChannels, permuted } from './channels.js';
import { expectShape } from './dense.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  needsWholeSequence,
} from './layer.js';

/** What every convolution is told: sizes along its spatial axes. */
export interface Sizes {
  readonly kernel: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly padding: 'valid' | 'same' | 'causal';
}

/** Reads them. */
export function readSizes({ fields }: LayerContext, rank: number): Sizes {
  return {
    kernel: fields.sizes('kernel_size', rank, 1),
    strides: fields.sizes('strides', rank, 1),
    dilations: fields.sizes('dilation_rate', rank, 1),
    padding: fields.choice('padding', rank === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same'], 'valid'),
  };
}

/** Attributes of a Conv. */
export function attributesOf({ kernel, strides, dilations, padding }: Sizes, group: number) {
  const none = kernel.map(() => 0);
  const before = padding === 'causal' ? kernel.map((size, d) => dilations[d] * (size - 1)) : none;
  const pads = padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { pads: [...before, ...none] };
  return { kernel_shape: kernel, strides, dilations, group, ...pads };
}

/** Whether a step depends on others. */
function reaches({ kernel, strides }: Sizes): boolean {
  return [...kernel, ...strides].some((size) => size > 1);
}

/** A layer whose weights are there: nodes between channels, then the activation. */
function convolution(context: LayerContext, rank: number, sizes: Sizes, nodes: (input: string) => string): BuiltLayer {
  const { builder, name, fields, version, who } = context;
  const activation = readActivation(fields.get('activation'), version.dialect, `${who}: activation`);
  return ({ inputs: [x] }) => {
    if (x.rank !== rank + 2) throw rangeError(`${who}: got an input of ${x.rank} dimensions, expected ${rank + 2}`);
    if (reaches(sizes)) needsWholeSequence(context, 'a convolution over several steps', x);
    return [activate(builder, name, inChannels(context, x, nodes), activation)];
  };
}

/** Keras' [k…, C, F] as ONNX's [F, C, k…]. */
export function filtersFirst(kernel: StoredTensor): StoredTensor {
  const rank = kernel.dims.length - 2;
  return permuted(kernel, [rank + 1, rank, ...Array.from({ length: rank }, (_, i) => i)]);
}

/** Keras' [k…, C, M] as ONNX's [C · M, 1, k…]: each channel with filters of its own. */
function depthwise(kernel: StoredTensor): StoredTensor {
  const rank = kernel.dims.length - 2;
  const spatial = Array.from({ length: rank }, (_, i) => i);
  const { dims, data } = permuted(kernel, [rank, rank + 1, ...spatial]);
  return { dims: [dims[0] * dims[1], 1, ...dims.slice(2)], data };
}

function biasOf({ builder, name, who }: LayerContext, bias: StoredTensor | undefined, size: number): string[] {
  return bias ? [constantOf(builder, `${name}/bias`, expectShape(bias, [size], who, 'bias'))] : [];
}

/** Conv1D and Conv2D. */
function conv(rank: number): LayerImporter {
  return (context) => {
    const { builder, name, fields, variables, who } = context;
    const sizes = readSizes(context, rank);
    const filters = fields.integer('filters', 1);
    const useBias = fields.flag('use_bias', true);
    const [kernel, bias] = variables.take(useBias ? ['kernel', 'bias'] : ['kernel']);
    expectShape(kernel, [...sizes.kernel, -1, filters], who, 'kernel');
    const inputs = [constantOf(builder, `${name}/kernel`, filtersFirst(kernel)), ...biasOf(context, bias, filters)];
    const attributes = attributesOf(sizes, fields.integer('groups', 1, 1));
    return convolution(context, rank, sizes, (x) => builder.add('Conv', name, [x, ...inputs], attributes));
  };
}

/** DepthwiseConv1D and DepthwiseConv2D: filters for each channel apart. */
function depthwiseConv(rank: number): LayerImporter {
  return (context) => {
    const { builder, name, fields, variables, version, who } = context;
    const sizes = readSizes(context, rank);
    const each = fields.integer('depth_multiplier', 1, 1);
    const own = version.dialect === 'keras-3' ? 'kernel' : 'depthwise_kernel';
    const useBias = fields.flag('use_bias', true);
    const [kernel, bias] = variables.take(useBias ? [own, 'bias'] : [own]);
    const channels = expectShape(kernel, [...sizes.kernel, -1, each], who, own).dims[rank];
    const inputs = [
      constantOf(builder, `${name}/kernel`, depthwise(kernel)),
      ...biasOf(context, bias, channels * each),
    ];
    const attributes = attributesOf(sizes, channels);
    return convolution(context, rank, sizes, (x) => builder.add('Conv', name, [x, ...inputs], attributes));
  };
}

/** SeparableConv1D and SeparableConv2D: a depthwise convolution, then one of single places. */
function separableConv(rank: number): LayerImporter {
  return (context) => {
    const { builder, name, fields, variables, who } = context;
    const sizes = readSizes(context, rank);
    const filters = fields.integer('filters', 1);
    const each = fields.integer('depth_multiplier', 1, 1);
    const useBias = fields.flag('use_bias', true);
    const names = ['depthwise_kernel', 'pointwise_kernel', ...(useBias ? ['bias'] : [])];
    const [deep, point, bias] = variables.take(names);
    const ones = sizes.kernel.map(() => 1);
    const channels = expectShape(deep, [...sizes.kernel, -1, each], who, names[0]).dims[rank];
    expectShape(point, [...ones, channels * each, filters], who, names[1]);
    const first = constantOf(builder, `${name}/depthwise_kernel`, depthwise(deep));
    const second = [
      constantOf(builder, `${name}/pointwise_kernel`, filtersFirst(point)),
      ...biasOf(context, bias, filters),
    ];
    const attributes = attributesOf(sizes, channels);
    return convolution(context, rank, sizes, (x) => {
      const apart = builder.add('Conv', name, [x, first], attributes);
      return builder.add('Conv', name, [apart, ...second], { kernel_shape: ones });
    });
  };
}

/** Where a transposed convolution begins and ends along one axis. */
interface TransposedBounds {
  readonly before: number;
  readonly after: number;
  /** Places at the end that are left out. */
  readonly surplus: number;
}

/**
 * Bounds in the input with zeros between its places.
 *
 * Source: `_get_output_shape_given_tf_padding` of keras/src/backend/common/backend_utils.py.
 *
 * @param extra `output_padding`
 */
function transposedBounds(
  { kernel, strides, dilations, padding }: Sizes,
  d: number,
  extra: number | undefined,
  who: string,
): TransposedBounds {
  const reach = dilations[d] * (kernel[d] - 1);
  const stride = strides[d];
  if (padding !== 'same') {
    const grown = extra === undefined ? Math.max(reach + 1 - stride, 0) : reach + 1 + extra - stride;
    return { before: reach, after: Math.max(grown, 0), surplus: Math.max(-grown, 0) };
  }
  // By how much the output is longer than the strides of all places.
  const longer = extra === undefined ? 0 : ((reach + 1) % 2) + extra - stride;
  if (longer > 0 || longer <= -stride) {
    throw rangeError(`${who}: output_padding: got ${extra}, expected one that its strides of ${stride} could give`);
  }
  const cut = Math.floor(Math.max(reach + 1 - stride - longer, 0) / 2);
  return { before: reach - cut, after: Math.max(longer + cut, 0), surplus: Math.max(-longer - cut, 0) };
}

/** Conv1DTranspose and Conv2DTranspose: a convolution, its kernel turned around, of the input with zeros between its places. */
function convTranspose(rank: number): LayerImporter {
  return (context) => {
    const { builder, name, fields, variables, who } = context;
    const sizes = readSizes(context, rank);
    const { kernel: extents, strides, dilations } = sizes;
    const extra = fields.has('output_padding') ? fields.sizes('output_padding', rank, 0, 0) : [];
    const bounds = extents.map((_, d) => transposedBounds(sizes, d, extra[d], who));
    const filters = fields.integer('filters', 1);
    const useBias = fields.flag('use_bias', true);
    const [kernel, bias] = variables.take(useBias ? ['kernel', 'bias'] : ['kernel']);
    const turned = turnedAround(expectShape(kernel, [...extents, filters, -1], who, 'kernel'));
    const inputs = [constantOf(builder, `${name}/kernel`, turned), ...biasOf(context, bias, filters)];
    const pads = [...bounds.map(({ before }) => before), ...bounds.map(({ after }) => after)];
    const attributes = { kernel_shape: extents, dilations, pads };
    return convolution(context, rank, sizes, (x) => {
      const whole = builder.add('Conv', name, [spreadOut(context, x, strides), ...inputs], attributes);
      return cutOff(context, whole, bounds);
    });
  };
}

/** Keras' [k…, F, C] as ONNX's [F, C, k…], the places from last to first. */
function turnedAround(kernel: StoredTensor): StoredTensor {
  const rank = kernel.dims.length - 2;
  const { dims, data } = permuted(kernel, [rank, rank + 1, ...Array.from({ length: rank }, (_, i) => i)]);
  const size = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const turned = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += size) turned.set(data.slice(at, at + size).reverse(), at);
  return { dims, data: turned };
}

/** Each place of [B, C, …] followed by zeros, `strides` places for one. */
function spreadOut({ builder, name }: LayerContext, x: string, strides: readonly number[]): string {
  const rank = strides.length + 2;
  return strides.reduce((value, stride, d) => {
    if (stride === 1) return value;
    const axis = d + 2;
    const wide = builder.add('Unsqueeze', name, [value, builder.integers(`${name}/axes`, [axis + 1])]);
    const widths = new Array<number>(2 * (rank + 1)).fill(0);
    widths[rank + 1 + axis + 1] = stride - 1;
    const padded = builder.add('Pad', name, [wide, builder.integers(`${name}/pads`, widths)], { mode: 'constant' });
    return builder.addKeras('MergeDims', name, [padded], 1, { axis })[0];
  }, x);
}

/** [B, C, …] without the places that are too many at the end. */
function cutOff({ builder, name }: LayerContext, x: string, bounds: readonly TransposedBounds[]): string {
  const cut = bounds.flatMap(({ surplus }, d) => (surplus > 0 ? [{ surplus, axis: d + 2 }] : []));
  if (cut.length === 0) return x;
  const lists = [cut.map(() => 0), cut.map(({ surplus }) => -surplus), cut.map(({ axis }) => axis)];
  return builder.add('Slice', name, [x, ...lists.map((list) => builder.integers(`${name}/slice`, list))]);
}

/** Convolutions along one axis and two. */
export const CONVOLUTIONS: LayerTable = {
  Conv1D: conv(1),
  Convolution1D: conv(1),
  Conv2D: conv(2),
  Convolution2D: conv(2),
  DepthwiseConv1D: depthwiseConv(1),
  DepthwiseConv2D: depthwiseConv(2),
  SeparableConv1D: separableConv(1),
  SeparableConvolution1D: separableConv(1),
  SeparableConv2D: separableConv(2),
  SeparableConvolution2D: separableConv(2),
  Conv1DTranspose: convTranspose(1),
  Convolution1DTranspose: convTranspose(1),
  Conv2DTranspose: convTranspose(2),
  Convolution2DTranspose: convTranspose(2),
};
