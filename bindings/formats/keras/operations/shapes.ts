import { rangeError } from '../../../errors.js';
import { tensorOf } from '../../../graph/index.js';
import { describeValue } from '../../../tensor.js';
import type { CallSpec } from '../config/model-spec.js';
import type { Value } from '../graph-builder.js';
import { needsWholeSequence } from '../layers/layer.js';
import {
  acrossTime,
  argument,
  axesOf,
  axisOf,
  like,
  type Operation,
  type OperationContext,
  type OperationTable,
  optionalArgument,
  tensor,
  tensorList,
  widest,
} from './operation.js';
import { getItem } from './pieces.js';

/** A list of integers that a field holds. */
function integers({ fields, who }: OperationContext, name: string, least: number): number[] {
  const value = fields.get(name);
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => Number.isInteger(item) && (item as number) >= least)) return list as number[];
  throw rangeError(`${who}: ${name}: got ${describeValue(value)}, expected integers from ${least} on`);
}

const reshape: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  // Keras writes null for a size that it does not know.
  const target = fields.list('newshape').map((dim) => dim ?? -1) as number[];
  if (!target.every((dim) => Number.isInteger(dim) && dim >= -1) || target.filter((dim) => dim === -1).length > 1) {
    throw rangeError(
      `${who}: newshape: got ${describeValue(fields.get('newshape'))}, expected sizes, at most one of them free`,
    );
  }
  needsWholeSequence(context, 'reshape', x);
  const shape = builder.integers(`${name}/shape`, target);
  return [
    {
      name: builder.add('Reshape', name, [x.name, shape], { allowzero: 1 }),
      dtype: x.dtype,
      rank: target.length,
      timed: x.timed,
    },
  ];
};

/** Adds a node that orders dimensions anew. */
function permuted(context: OperationContext, x: Value, perm: readonly number[]): Value {
  if (perm[0] !== 0 || perm[1] !== 1) needsWholeSequence(context, 'an order of dimensions that moves the second', x);
  return like(context, x, 'Transpose', [], { perm });
}

const transpose: Operation = (context, call) => {
  const x = tensor(context, call);
  const axes = context.fields.has('axes')
    ? context.fields.list('axes').map((axis) => axisOf(context, axis, x.rank))
    : undefined;
  return [permuted(context, x, axes ?? Array.from({ length: x.rank }, (_, i) => x.rank - 1 - i))];
};

const swapaxes: Operation = (context, call) => {
  const x = tensor(context, call);
  const [one, two] = ['axis1', 'axis2'].map((name) => axisOf(context, context.fields.get(name), x.rank));
  const perm = Array.from({ length: x.rank }, (_, i) => (i === one ? two : i === two ? one : i));
  return [permuted(context, x, perm)];
};

const moveaxis: Operation = (context, call) => {
  const x = tensor(context, call);
  const [from, to] = ['source', 'destination'].map((name) =>
    integers(context, name, -x.rank).map((axis) => axisOf(context, axis, x.rank)),
  );
  const perm = Array.from({ length: x.rank }, (_, i) => i).filter((axis) => !from.includes(axis));
  // In the order of their places, so that each is where it is to be once those before it are.
  for (const [place, axis] of to.map((place, i) => [place, from[i]] as const).sort(([a], [b]) => a - b)) {
    perm.splice(place, 0, axis);
  }
  return [permuted(context, x, perm)];
};

const flip: Operation = (context, call) => {
  const { builder, name } = context;
  const x = tensor(context, call);
  const axes = axesOf(context, x.rank);
  acrossTime(context, x, axes);
  const lists = [axes.map(() => -1), axes.map(() => -0x7fffffff), axes, axes.map(() => -1)];
  return [
    like(
      context,
      x,
      'Slice',
      lists.map((list) => builder.integers(`${name}/slice`, list)),
    ),
  ];
};

const squeeze: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  if (!fields.has('axis')) throw rangeError(`${who}: axis: got none, expected those to squeeze`);
  const axes = axesOf(context, x.rank);
  acrossTime(context, x, axes);
  const squeezed = builder.add('Squeeze', name, [x.name, builder.integers(`${name}/axes`, axes)]);
  return [
    { name: squeezed, dtype: x.dtype, rank: x.rank - axes.length, timed: x.timed && !axes.some((axis) => axis < 2) },
  ];
};

const expandDims: Operation = (context, call) => {
  const { builder, name, fields } = context;
  const x = tensor(context, call);
  const written = fields.get('axis');
  const list = Array.isArray(written) ? written : [written];
  const axes = list.map((axis) => axisOf(context, axis, x.rank + list.length));
  if (axes.some((axis) => axis < 2)) needsWholeSequence(context, 'a new dimension before the steps', x);
  const expanded = builder.add('Unsqueeze', name, [x.name, builder.integers(`${name}/axes`, axes)]);
  return [{ name: expanded, dtype: x.dtype, rank: x.rank + list.length, timed: x.timed }];
};

/** The tensors of a list in one type. */
function sameType(context: OperationContext, call: CallSpec<Value>, name: string): Value[] {
  const values = tensorList(context, call, name);
  const dtype = widest(values.map((value) => value.dtype));
  return values.map((value) => context.builder.cast(context.name, value, dtype));
}

const namesOf = (values: readonly Value[]) => values.map(({ name }) => name);

const concatenate: Operation = (context, call) => {
  const values = sameType(context, call, 'xs');
  const [first] = values;
  const axis = axisOf(context, context.fields.get('axis') ?? 0, first.rank);
  for (const value of values) acrossTime(context, value, [axis]);
  const joined = context.builder.add('Concat', context.name, namesOf(values), { axis });
  return [{ ...first, name: joined }];
};

const stack: Operation = (context, call) => {
  const { builder, name, fields } = context;
  const values = sameType(context, call, 'x');
  const [{ rank, dtype, timed }] = values;
  const axis = axisOf(context, fields.get('axis') ?? 0, rank + 1);
  if (axis < 2) needsWholeSequence(context, 'a new dimension before the steps', values[0]);
  const axes = builder.integers(`${name}/axes`, [axis]);
  const wide = values.map((value) => builder.add('Unsqueeze', name, [value.name, axes]));
  return [{ name: builder.add('Concat', name, wide, { axis }), dtype, rank: rank + 1, timed }];
};

const split: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  const axis = axisOf(context, fields.get('axis') ?? 0, x.rank);
  acrossTime(context, x, [axis]);
  const written = fields.get('indices_or_sections');
  if (Number.isInteger(written) && (written as number) >= 1 && (written as number) <= 4096) {
    const count = written as number;
    return builder
      .addParts('Split', name, [x.name], count, { axis, num_outputs: count })
      .map((part) => ({ ...x, name: part }));
  }
  const bounds = integers(context, 'indices_or_sections', 0);
  if (bounds.length > 4096) throw rangeError(`${who}: got ${bounds.length} sections, expected at most 4096`);
  return [0, ...bounds].map((start, i) => {
    const lists = [[start], [bounds[i] ?? 0x7fffffff], [axis]];
    return like(
      context,
      x,
      'Slice',
      lists.map((list) => builder.integers(`${name}/slice`, list)),
    );
  });
};

const take: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  if (!fields.has('axis')) throw rangeError(`${who}: axis: got none, expected one`);
  const axis = axisOf(context, fields.get('axis'), x.rank);
  acrossTime(context, x, [axis]);
  const given = argument(context, call, 1, 'indices');
  const isConstant = 'constant' in given && Number.isInteger(given.constant);
  const indices = isConstant
    ? {
        name: builder.constant(`${name}/index`, tensorOf('int64', [], [(given as { constant: number }).constant])),
        rank: 0,
      }
    : builder.cast(name, tensor(context, call, 1, 'indices'), 'int32');
  const taken = builder.add('Gather', name, [x.name, indices.name], { axis });
  return [{ name: taken, dtype: x.dtype, rank: x.rank - 1 + indices.rank, timed: x.timed && axis > 1 }];
};

const repeat: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  if (!fields.has('axis')) throw rangeError(`${who}: axis: got none, expected one`);
  const axis = axisOf(context, fields.get('axis'), x.rank);
  const times = fields.integer('repeats', 1);
  acrossTime(context, x, [axis]);
  // Each element as many times: a new dimension behind it, tiled, and merged with its own.
  const wide = builder.add('Unsqueeze', name, [x.name, builder.integers(`${name}/axes`, [axis + 1])]);
  const repeats = Array.from({ length: x.rank + 1 }, (_, d) => (d === axis + 1 ? times : 1));
  const tiled = builder.add('Tile', name, [wide, builder.integers(`${name}/repeats`, repeats)]);
  const [merged] = builder.addKeras('MergeDims', name, [tiled], 1, { axis });
  return [{ ...x, name: merged }];
};

const tile: Operation = (context, call) => {
  const { builder, name } = context;
  const x = tensor(context, call);
  const repeats = integers(context, 'repeats', 1);
  if (repeats.length !== x.rank) {
    throw rangeError(`${context.who}: repeats: got ${repeats.length}, expected ${x.rank}, one for each dimension`);
  }
  if (repeats[1] !== 1) acrossTime(context, x, [1]);
  return [like(context, x, 'Tile', [builder.integers(`${name}/repeats`, repeats)])];
};

const pad: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  const widths = fields.list('pad_width') as readonly (readonly number[])[];
  const fits = widths.length === x.rank && widths.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!fits || !widths.flat().every((width) => Number.isInteger(width) && width >= 0)) {
    throw rangeError(
      `${who}: pad_width: got ${describeValue(fields.get('pad_width'))}, expected two widths for each dimension`,
    );
  }
  if (widths[1]?.some((width) => width > 0)) acrossTime(context, x, [1]);
  const modes = { constant: 'constant', edge: 'edge', reflect: 'reflect' } as const;
  const mode = fields.choice('mode', Object.keys(modes) as (keyof typeof modes)[], 'constant');
  const given = optionalArgument(context, call, 1, 'constant_values');
  const value = given && 'constant' in given && typeof given.constant === 'number' ? given.constant : 0;
  const pads = builder.integers(`${name}/pads`, [
    ...widths.map(([before]) => before),
    ...widths.map(([, after]) => after),
  ]);
  const constant = builder.constant(`${name}/value`, tensorOf(x.dtype, [], [value]));
  return [like(context, x, 'Pad', mode === 'constant' ? [pads, constant] : [pads], { mode })];
};

const ravel: Operation = (context, call) => {
  const x = tensor(context, call);
  needsWholeSequence(context, 'ravel', x);
  const shape = context.builder.integers(`${context.name}/shape`, [-1]);
  return [
    { name: context.builder.add('Reshape', context.name, [x.name, shape]), dtype: x.dtype, rank: 1, timed: false },
  ];
};

/** Operations that move elements. */
export const SHAPES: OperationTable = {
  GetItem: getItem,
  Reshape: reshape,
  Transpose: transpose,
  Swapaxes: swapaxes,
  Moveaxis: moveaxis,
  Flip: flip,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Concatenate: concatenate,
  Stack: stack,
  Split: split,
  Take: take,
  Repeat: repeat,
  Tile: tile,
  Pad: pad,
  Ravel: ravel,
};
