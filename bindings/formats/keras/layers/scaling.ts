import { rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { Value } from '../graph-builder.js';
import { expectShape } from './dense.js';
import {
  type BuiltLayer,
  type LayerContext,
  type LayerImporter,
  type LayerTable,
  mapping,
  mappingOf,
  needsWholeSequence,
  unmasked,
} from './layer.js';

/** The least deviation that Normalization divides by. */
const LEAST_DEVIATION = 1e-7;

/** The axes of a field, one or a list, counted from the front. */
function axesOf({ fields, who }: LayerContext, rank: number, fallback: readonly number[]): number[] {
  const value = fields.get('axis') ?? fallback;
  return (Array.isArray(value) ? value : [value]).map((axis) => {
    const own = Number(axis) < 0 ? Number(axis) + rank : Number(axis);
    if (Number.isInteger(own) && own >= 0 && own < rank) return own;
    throw rangeError(`${who}: axis: got ${describeValue(axis)}, expected one of ${rank} dimensions`);
  });
}

/** Numbers that a field holds, however its lists are nested. */
function numbersOf({ fields, who }: LayerContext, name: string): number[] {
  const value = fields.get(name);
  const list: unknown[] = (Array.isArray(value) ? value : [value]).flat(8);
  if (list.every((item) => typeof item === 'number')) return list;
  throw rangeError(`${who}: ${name}: got ${describeValue(value)}, expected numbers`);
}

/** (x − mean) / deviation, or back. */
const normalization: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, variables, who } = context;
  const given = fields.has('mean');
  const taken = given ? [] : variables.take(['mean', 'variance', 'count']);
  const [mean, variance] = given
    ? ['mean', 'variance'].map((field) => Float32Array.from(numbersOf(context, field)))
    : taken.map(({ data }) => data);
  const invert = fields.flag('invert', false);
  const deviation = Float32Array.from(variance, (value) => Math.max(Math.sqrt(value), LEAST_DEVIATION));
  // Null is no axis at all: one mean for everything.
  const isScalar = fields.isNull('axis');
  return mappingOf(context)((x) => {
    const axes = isScalar ? [] : axesOf(context, x.rank, [-1]).sort((a, b) => a - b);
    if (axes.includes(1)) needsWholeSequence(context, 'a mean for each step', x);
    const own =
      taken[0]?.dims ?? (mean.length === 1 ? axes.map(() => 1) : axes.length === 1 ? [mean.length] : undefined);
    if (own?.length !== axes.length) {
      throw rangeError(`${who}: got ${mean.length} means, expected one for each place along ${axes.length} axes`);
    }
    const dims = Array.from({ length: x.rank }, (_, d) => (axes.includes(d) ? own[axes.indexOf(d)] : 1));
    const [centre, width] = [mean, deviation].map((data) => builder.floats(`${name}/statistics`, dims, data));
    const input = builder.asFloats(name, x);
    const steps = invert ? (['Mul', width, 'Add', centre] as const) : (['Sub', centre, 'Div', width] as const);
    const first = builder.add(steps[0], name, [input.name, steps[1]]);
    return { ...input, name: builder.add(steps[2], name, [first, steps[3]]) };
  });
};

/** x · scale + offset. */
const rescaling: LayerImporter = (context) => {
  const { builder, name, fields } = context;
  const [scale, offset] = ['scale', 'offset'].map((field) => {
    const values = fields.has(field) ? numbersOf(context, field) : [0];
    const isList = Array.isArray(fields.get(field));
    return builder.floats(`${name}/${field}`, isList ? [values.length] : [], values);
  });
  return mappingOf(context)((x) => {
    const input = builder.asFloats(name, x);
    return { ...input, name: builder.add('Add', name, [builder.add('Mul', name, [input.name, scale]), offset]) };
  });
};

/** x over its length along some axes. */
const unitNormalization: LayerImporter = (context) => {
  const { builder, name } = context;
  return mapping((x) => {
    const axes = axesOf(context, x.rank, [-1]);
    if (axes.includes(1)) needsWholeSequence(context, 'a length over steps', x);
    const input = builder.asFloats(name, x);
    const add = (op: string, inputs: readonly string[], attributes = {}) => builder.add(op, name, inputs, attributes);
    const squares = add('Mul', [input.name, input.name]);
    const sum = add('ReduceSum', [squares, builder.integers(`${name}/axes`, axes)], { keepdims: 1 });
    const length = add('Max', [add('Sqrt', [sum]), builder.floats(`${name}/least`, [], [1e-12])]);
    return { ...input, name: add('Div', [input.name, length]) };
  });
};

/** x over the root of its mean square along one axis or several, times a weight of each place. */
const rmsNormalization: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, variables } = context;
  const epsilon = builder.floats(`${name}/epsilon`, [], [fields.number('epsilon', 1e-6)]);
  const [scale] = variables.take(['scale']);
  return unmasked((x) => {
    const axes = axesOf(context, x.rank, [-1]);
    if (axes.includes(1)) needsWholeSequence(context, 'a mean over steps', x);
    const add = (op: string, inputs: readonly string[], attributes = {}) => builder.add(op, name, inputs, attributes);
    const input = builder.asFloats(name, x);
    const squares = add('Mul', [input.name, input.name]);
    const mean = add('ReduceMean', [squares, builder.integers(`${name}/axes`, axes)], { keepdims: 1 });
    const rooted = add('Div', [input.name, add('Sqrt', [add('Add', [mean, epsilon])])]);
    const dims = Array.from({ length: x.rank }, (_, d) => (axes.includes(d) ? scale.dims[axes.indexOf(d)] : 1));
    return { ...input, name: add('Mul', [rooted, builder.floats(`${name}/scale`, dims, scale.data)]) };
  });
};

/** Groups of channels brought to mean 0 and deviation 1, each sample apart. */
const groupNormalization: LayerImporter = (context): BuiltLayer => {
  const { fields, variables, who } = context;
  const epsilon = fields.number('epsilon', 1e-3);
  const names = [...(fields.flag('scale', true) ? ['gamma'] : []), ...(fields.flag('center', true) ? ['beta'] : [])];
  const taken = variables.take(names);
  for (const [i, tensor] of taken.entries()) expectShape(tensor, [taken[0].dims[0]], who, names[i]);
  const groups = fields.integer('groups', -1, 32);
  if (groups === 0) throw rangeError(`${who}: groups: got 0, expected -1 or more than 0`);
  return mapping((x) => {
    const [axis] = axesOf(context, x.rank, [-1]);
    if (axis === 0 || fields.number('axis', -1) < -1) {
      throw rangeError(`${who}: axis: got ${fields.number('axis', -1)}, expected -1 or one from 1 on`);
    }
    if (x.rank > 2) needsWholeSequence(context, 'GroupNormalization', x);
    return normalizedGroups(
      context,
      x,
      axis,
      groups,
      epsilon,
      taken.map((tensor, i) => ({ name: names[i], tensor })),
    );
  });
};

function normalizedGroups(
  context: LayerContext,
  x: Value,
  axis: number,
  groups: number,
  epsilon: number,
  weights: readonly { readonly name: string; readonly tensor: { readonly data: Float32Array } }[],
): Value {
  const { builder, name } = context;
  const add = (op: string, inputs: readonly string[], attributes = {}) => builder.add(op, name, inputs, attributes);
  const input = builder.asFloats(name, x);
  const [apart] = builder.addKeras('SplitDim', name, [input.name], 1, { axis, groups });
  const others = Array.from({ length: x.rank }, (_, d) => d + 1).filter((d) => d !== axis);
  const reduced = builder.integers(`${name}/axes`, others);
  const centred = add('Sub', [apart, add('ReduceMean', [apart, reduced], { keepdims: 1 })]);
  const variance = add('ReduceMean', [add('Mul', [centred, centred]), reduced], { keepdims: 1 });
  const deviation = add('Sqrt', [add('Add', [variance, builder.floats(`${name}/epsilon`, [], [epsilon])])]);
  const [merged] = builder.addKeras('MergeDims', name, [add('Div', [centred, deviation])], 1, { axis });
  const behind = Array.from({ length: x.rank - axis - 1 }, () => 1);
  const result = weights.reduce((value, { name: kind, tensor: { data } }) => {
    const weight = builder.floats(`${name}/${kind}`, [data.length, ...behind], data);
    return add(kind === 'gamma' ? 'Mul' : 'Add', [value, weight]);
  }, merged);
  return { ...input, name: result };
}

/** Layers that shift and scale by what they were told, or by what they see. */
export const SCALING: LayerTable = {
  Normalization: normalization,
  Rescaling: rescaling,
  UnitNormalization: unitNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
};
