import { rangeError } from '../../../errors.js';
import { formatDims } from '../../../tensor.js';
import { expectShape } from './dense.js';
import { type LayerContext, type LayerTable, mapping, needsWholeSequence } from './layer.js';

/** The axis of a field that is a number or a list of one, counted from the end. */
function axisFromEnd({ fields, who }: LayerContext, rank: number): number {
  const axis = fields.single('axis', -8, -1);
  const fromEnd = axis < 0 ? axis : axis - rank;
  if (fromEnd >= -rank && fromEnd < 0) return fromEnd;
  throw rangeError(`${who}: axis: got ${axis}, expected one of ${rank} dimensions`);
}

/** Which of four vectors a normalisation has. */
function given(flags: readonly [string, boolean][]): string[] {
  return flags.filter(([, present]) => present).map(([name]) => name);
}

/** x · scale over its deviation, not centred: what `rms_scaling` of Keras 3.0 to 3.11 computes. */
function scaledByVariance({ builder, name }: LayerContext, x: string, scale: string, epsilon: number): string {
  const add = (op: string, inputs: readonly string[], attributes = {}) => builder.add(op, name, inputs, attributes);
  const mean = (value: string) => add('ReduceMean', [value, builder.integers(`${name}/axes`, [-1])], { keepdims: 1 });
  const centred = add('Sub', [x, mean(x)]);
  const variance = mean(add('Mul', [centred, centred]));
  const deviation = add('Sqrt', [add('Add', [variance, builder.floats(`${name}/epsilon`, [], [epsilon])])]);
  return add('Mul', [add('Div', [x, deviation]), scale]);
}

/** Layers that shift and scale. */
export const NORMALIZATIONS: LayerTable = {
  /** With its moving statistics, as at inference, which is one factor and one summand for each feature. */
  BatchNormalization: (context) => {
    const { builder, name, fields, variables, who } = context;
    const epsilon = fields.number('epsilon', 1e-3);
    const names = given([
      ['gamma', fields.flag('scale', true)],
      ['beta', fields.flag('center', true)],
      ['moving_mean', true],
      ['moving_variance', true],
    ]);
    const tensors = new Map(variables.take(names).map((tensor, i) => [names[i], tensor]));
    const size = tensors.get('moving_mean')?.dims[0] ?? 0;
    for (const [key, tensor] of tensors) expectShape(tensor, [size], who, key);
    const read = (key: string, i: number, absent: number) => tensors.get(key)?.data[i] ?? absent;
    const factor = Float64Array.from(
      { length: size },
      (_, i) => read('gamma', i, 1) / Math.sqrt(read('moving_variance', i, 1) + epsilon),
    );
    const summand = factor.map((value, i) => read('beta', i, 0) - read('moving_mean', i, 0) * value);
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      if (axisFromEnd(context, x.rank) === 1 - x.rank) needsWholeSequence(context, 'a mean for each step', x);
      const dims = [size, ...new Array<number>(-axisFromEnd(context, x.rank) - 1).fill(1)];
      const scaled = builder.add('Mul', name, [input.name, builder.floats(`${name}/factor`, dims, factor)]);
      return { ...input, name: builder.add('Add', name, [scaled, builder.floats(`${name}/summand`, dims, summand)]) };
    });
  },
  LayerNormalization: (context) => {
    const { builder, name, fields, variables, who } = context;
    const epsilon = fields.number('epsilon', 1e-3);
    const axes = Array.isArray(fields.get('axis')) ? fields.list('axis') : [];
    if (axes.length > 1) throw rangeError(`${who}: axis: got ${formatDims(axes)}, expected the last axis`);
    const byVariance = fields.flag('rms_scaling', false);
    const names = given([
      ['gamma', byVariance || fields.flag('scale', true)],
      ['beta', !byVariance && fields.flag('center', true)],
    ]);
    const tensors = new Map(variables.take(names).map((tensor, i) => [names[i], tensor]));
    const [size] = [...tensors.values()].map(({ dims }) => dims[0]);
    for (const [key, tensor] of tensors) expectShape(tensor, [size], who, key);
    return mapping((x) => {
      if (axisFromEnd(context, x.rank) !== -1) throw rangeError(`${who}: axis: expected the last axis`);
      const input = builder.asFloats(name, x);
      const gamma = tensors.get('gamma');
      const beta = tensors.get('beta');
      const scale = gamma
        ? builder.floats(`${name}/gamma`, [size], gamma.data)
        : builder.floats(`${name}/one`, [beta ? size : 1], new Array<number>(beta ? size : 1).fill(1));
      if (byVariance) return { ...input, name: scaledByVariance(context, input.name, scale, epsilon) };
      const inputs = [input.name, scale];
      if (beta) inputs.push(builder.floats(`${name}/beta`, [size], beta.data));
      return { ...input, name: builder.add('LayerNormalization', name, inputs, { axis: -1, epsilon }) };
    });
  },
};
