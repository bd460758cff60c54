import type { StoredTensor } from '../files/hdf5.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { activate, readActivation } from './activations.js';
import { expectShape } from './dense.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  needsWholeSequence,
} from './layer.js';

/** [B, T, C] as ONNX has it, [B, C, T], and back; the same either way. */
function swapped(builder: GraphBuilder, label: string, x: string): string {
  return builder.add('Transpose', label, [x], { perm: [0, 2, 1] });
}

/** Whether the features come last, as Keras' default has it. */
function channelsLast({ fields }: LayerContext): boolean {
  return fields.choice('data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_last';
}

/** Applies a node of [B, C, T] to a value of either layout. */
function inChannels(context: LayerContext, x: Value, node: (input: string) => string): Value {
  const { builder, name } = context;
  const input = builder.asFloats(name, x).name;
  const like = { dtype: 'float32', rank: 3, timed: x.timed } as const;
  if (!channelsLast(context)) return { name: node(input), ...like };
  return { name: swapped(builder, name, node(swapped(builder, name, input))), ...like };
}

const conv1d: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, variables, version, who } = context;
  const filters = fields.integer('filters', 1);
  const size = fields.single('kernel_size', 1, 1);
  const stride = fields.single('strides', 1, 1);
  const dilation = fields.single('dilation_rate', 1, 1);
  const group = fields.integer('groups', 1, 1);
  const padding = fields.choice('padding', ['valid', 'same', 'causal'], 'valid');
  const useBias = fields.flag('use_bias', true);
  const activation = readActivation(fields.get('activation'), version.dialect, `${who}: activation`);
  if (size > 1 || stride > 1) needsWholeSequence(context, 'Conv1D over several steps');
  const [kernel, bias] = variables.take(useBias ? ['kernel', 'bias'] : ['kernel']);
  const [, channels] = expectShape(kernel, [size, -1, filters], who, 'kernel').dims;
  const inputs = [builder.floats(`${name}/kernel`, [filters, channels, size], filtersFirst(kernel))];
  if (useBias) inputs.push(builder.floats(`${name}/bias`, expectShape(bias, [filters], who, 'bias').dims, bias.data));
  const attributes = {
    kernel_shape: [size],
    strides: [stride],
    dilations: [dilation],
    group,
    ...(padding === 'same'
      ? { auto_pad: 'SAME_UPPER' }
      : { pads: [padding === 'causal' ? dilation * (size - 1) : 0, 0] }),
  };
  return ({ inputs: [x] }) => {
    const y = inChannels(context, x, (input) => builder.add('Conv', name, [input, ...inputs], attributes));
    return [activate(builder, name, y, activation)];
  };
};

/** Keras' kernel [K, C, F] as ONNX's [F, C, K]. */
function filtersFirst({ data, dims: [size, channels, filters] }: StoredTensor): Float32Array {
  const turned = new Float32Array(data.length);
  for (let k = 0; k < size; k++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) turned[(f * channels + c) * size + k] = data[(k * channels + c) * filters + f];
    }
  }
  return turned;
}

/** MaxPooling1D and AveragePooling1D; what lies beyond an end counts for nothing in either. */
function pooling(op: 'MaxPool' | 'AveragePool'): LayerImporter {
  return (context) => {
    const { builder, name, fields } = context;
    const size = fields.single('pool_size', 1, 2);
    const stride = fields.single('strides', 1, size);
    const padding = fields.choice('padding', ['valid', 'same'], 'valid');
    needsWholeSequence(context, 'a pooling layer');
    const attributes = {
      kernel_shape: [size],
      strides: [stride],
      ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : {}),
    };
    return ({ inputs: [x] }) => [inChannels(context, x, (input) => builder.add(op, name, [input], attributes))];
  };
}

const globalMax: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields } = context;
  const keepdims = fields.flag('keepdims', false);
  needsWholeSequence(context, 'a pooling layer');
  const axes = builder.integers(`${name}/axes`, [channelsLast(context) ? 1 : 2]);
  return ({ inputs: [x] }) => {
    const input = builder.asFloats(name, x).name;
    const pooled = builder.add('ReduceMax', name, [input, axes], { keepdims: Number(keepdims) });
    return [{ name: pooled, dtype: 'float32', rank: keepdims ? 3 : 2, timed: false }];
  };
};

/** The mean of the steps that count. */
const globalAverage: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields } = context;
  const keepdims = Number(fields.flag('keepdims', false));
  const time = channelsLast(context) ? 1 : 2;
  needsWholeSequence(context, 'a pooling layer');
  const axes = builder.integers(`${name}/axes`, [time]);
  const features = builder.integers(`${name}/features`, [3 - time]);
  return ({ inputs: [x], masks: [heeded] }) => {
    const input = builder.asFloats(name, x).name;
    const like = { dtype: 'float32', rank: keepdims ? 3 : 2, timed: false } as const;
    if (heeded === undefined) return [{ name: builder.add('ReduceMean', name, [input, axes], { keepdims }), ...like }];
    const mask = builder.add('Unsqueeze', name, [builder.asFloats(name, heeded).name, features]);
    const sum = builder.add('ReduceSum', name, [builder.add('Mul', name, [input, mask]), axes], { keepdims });
    const count = builder.add('ReduceSum', name, [mask, axes], { keepdims });
    return [{ name: builder.add('Div', name, [sum, count]), ...like }];
  };
};

/** Layers that look along time. */
export const TEMPORAL: LayerTable = {
  Conv1D: conv1d,
  Convolution1D: conv1d,
  MaxPooling1D: pooling('MaxPool'),
  MaxPool1D: pooling('MaxPool'),
  AveragePooling1D: pooling('AveragePool'),
  AvgPool1D: pooling('AveragePool'),
  GlobalMaxPooling1D: globalMax,
  GlobalMaxPool1D: globalMax,
  GlobalAveragePooling1D: globalAverage,
  GlobalAvgPool1D: globalAverage,
};
