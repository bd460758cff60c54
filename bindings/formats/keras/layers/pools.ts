import { rangeError } from '../../../errors.js';
import type { Value } from '../graph-builder.js';
import { channelsLast, inChannels } from './channels.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  needsWholeSequence,
} from './layer.js';

/** MaxPooling and AveragePooling; what lies beyond an end counts for nothing in either. */
function pooling(op: 'MaxPool' | 'AveragePool', rank: number): LayerImporter {
  return (context) => {
    const { builder, name, fields, who } = context;
    const size = fields.sizes('pool_size', rank, 2);
    const strides = fields.has('strides') ? fields.sizes('strides', rank, 1) : size;
    const padding = fields.choice('padding', ['valid', 'same'], 'valid');
    const attributes = {
      kernel_shape: size,
      strides,
      ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : {}),
    };
    return ({ inputs: [x] }) => {
      if (x.rank !== rank + 2) throw rangeError(`${who}: got an input of ${x.rank} dimensions, expected ${rank + 2}`);
      needsWholeSequence(context, 'a pooling layer', x);
      return [inChannels(context, x, (input) => builder.add(op, name, [input], attributes))];
    };
  };
}

/** The axes of the places, between batch and channels or behind both. */
function spatialAxes(context: LayerContext, rank: number): number[] {
  const first = channelsLast(context) ? 1 : 2;
  return Array.from({ length: rank }, (_, i) => first + i);
}

function globalPool(op: 'ReduceMax' | 'ReduceMean', rank: number): LayerImporter {
  return (context): BuiltLayer => {
    const { builder, name, fields, who } = context;
    const keepdims = fields.flag('keepdims', false);
    const axes = builder.integers(`${name}/axes`, spatialAxes(context, rank));
    return ({ inputs: [x], masks: [mask] }) => {
      if (x.rank !== rank + 2) throw rangeError(`${who}: got an input of ${x.rank} dimensions, expected ${rank + 2}`);
      needsWholeSequence(context, 'a pooling layer', x);
      const input = builder.asFloats(name, x).name;
      const like = { dtype: 'float32', rank: keepdims ? rank + 2 : 2, timed: false } as const;
      if (mask && op === 'ReduceMean') return [{ name: meanOfSteps(context, input, mask, axes, keepdims), ...like }];
      return [{ name: builder.add(op, name, [input, axes], { keepdims: Number(keepdims) }), ...like }];
    };
  };
}

/** The mean of the steps that count. */
function meanOfSteps(context: LayerContext, x: string, mask: Value, axes: string, keepdims: boolean): string {
  const { builder, name } = context;
  const features = builder.integers(`${name}/features`, [channelsLast(context) ? 2 : 1]);
  const counts = builder.add('Unsqueeze', name, [builder.asFloats(name, mask).name, features]);
  const attributes = { keepdims: Number(keepdims) };
  const sum = builder.add('ReduceSum', name, [builder.add('Mul', name, [x, counts]), axes], attributes);
  return builder.add('Div', name, [sum, builder.add('ReduceSum', name, [counts, axes], attributes)]);
}

/** Layers that draw places together. */
export const POOLS: LayerTable = {
  MaxPooling1D: pooling('MaxPool', 1),
  MaxPool1D: pooling('MaxPool', 1),
  MaxPooling2D: pooling('MaxPool', 2),
  MaxPool2D: pooling('MaxPool', 2),
  AveragePooling1D: pooling('AveragePool', 1),
  AvgPool1D: pooling('AveragePool', 1),
  AveragePooling2D: pooling('AveragePool', 2),
  AvgPool2D: pooling('AveragePool', 2),
  GlobalMaxPooling1D: globalPool('ReduceMax', 1),
  GlobalMaxPool1D: globalPool('ReduceMax', 1),
  GlobalMaxPooling2D: globalPool('ReduceMax', 2),
  GlobalMaxPool2D: globalPool('ReduceMax', 2),
  GlobalAveragePooling1D: globalPool('ReduceMean', 1),
  GlobalAvgPool1D: globalPool('ReduceMean', 1),
  GlobalAveragePooling2D: globalPool('ReduceMean', 2),
  GlobalAvgPool2D: globalPool('ReduceMean', 2),
};
