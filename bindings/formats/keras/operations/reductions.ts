import { rangeError } from '../../../errors.js';
import type { Value, ValueType } from '../graph-builder.js';
import {
  acrossTime,
  axesOf,
  axisOf,
  like,
  type Operation,
  type OperationContext,
  type OperationTable,
  tensor,
} from './operation.js';

/** Adds a node that reduces axes. */
function reduce(context: OperationContext, op: string, x: Value, axes: readonly number[], keepdims: boolean): Value {
  const { builder, name } = context;
  acrossTime(context, x, axes);
  const reduced = builder.add(op, name, [x.name, builder.integers(`${name}/axes`, axes)], {
    keepdims: Number(keepdims),
  });
  const gone = keepdims ? [] : axes;
  const timed = x.timed && !axes.includes(1) && !gone.includes(0);
  return { name: reduced, dtype: x.dtype, rank: x.rank - gone.length, timed };
}

/** @param least the type that whole numbers become */
function reduction(op: string, least: ValueType): Operation {
  return (context, call) => {
    const { builder, name, fields } = context;
    const given = tensor(context, call);
    const x =
      least === 'float32'
        ? builder.asFloats(name, given)
        : given.dtype === 'bool'
          ? builder.cast(name, given, 'int32')
          : given;
    return [reduce(context, op, x, axesOf(context, x.rank), fields.flag('keepdims', false))];
  };
}

/** Whether any, or each, of the elements is not zero. */
function quantifier(op: 'ReduceMax' | 'ReduceMin'): Operation {
  return (context, call) => {
    const { builder, name, fields } = context;
    const x = tensor(context, call);
    const truths = builder.asFloats(name, builder.cast(name, x, 'bool'));
    const found = reduce(context, op, truths, axesOf(context, x.rank), fields.flag('keepdims', false));
    return [builder.cast(name, found, 'bool')];
  };
}

/** Mean square distance from the mean, or its root. */
function spread(isRoot: boolean): Operation {
  return (context, call) => {
    const x = context.builder.asFloats(context.name, tensor(context, call));
    const axes = axesOf(context, x.rank);
    const mean = reduce(context, 'ReduceMean', x, axes, true);
    const distance = like(context, x, 'Sub', [mean.name]);
    const squares = like(context, distance, 'Mul', [distance.name]);
    const variance = reduce(context, 'ReduceMean', squares, axes, context.fields.flag('keepdims', false));
    return [isRoot ? like(context, variance, 'Sqrt') : variance];
  };
}

/** The first place of the greatest or the least. */
function place(op: 'ArgMax' | 'ArgMin'): Operation {
  return (context, call) => {
    const { builder, name, fields, who } = context;
    const x = tensor(context, call);
    if (!fields.has('axis')) throw rangeError(`${who}: axis: got none, expected one`);
    const axis = axisOf(context, fields.get('axis'), x.rank);
    acrossTime(context, x, [axis]);
    const keepdims = fields.flag('keepdims', false);
    const found = builder.add(op, name, [x.name], { axis, keepdims: Number(keepdims) });
    const value: Value = {
      name: found,
      dtype: 'int64',
      rank: keepdims ? x.rank : x.rank - 1,
      timed: x.timed && axis !== 1,
    };
    return [builder.cast(name, value, 'int32')];
  };
}

const cumulative: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const x = tensor(context, call);
  if (!fields.has('axis')) throw rangeError(`${who}: axis: got none, expected one`);
  const axis = axisOf(context, fields.get('axis'), x.rank);
  acrossTime(context, x, [axis]);
  return [like(context, builder.asFloats(name, x), 'CumSum', [builder.integers(`${name}/axis`, [axis])])];
};

/** Operations that reduce dimensions. */
export const REDUCTIONS: OperationTable = {
  Mean: reduction('ReduceMean', 'float32'),
  Average: reduction('ReduceMean', 'float32'),
  Sum: reduction('ReduceSum', 'int32'),
  Prod: reduction('ReduceProd', 'int32'),
  Max: reduction('ReduceMax', 'int32'),
  Amax: reduction('ReduceMax', 'int32'),
  Min: reduction('ReduceMin', 'int32'),
  Amin: reduction('ReduceMin', 'int32'),
  Logsumexp: reduction('ReduceLogSumExp', 'float32'),
  Any: quantifier('ReduceMax'),
  All: quantifier('ReduceMin'),
  Var: spread(false),
  Std: spread(true),
  Argmax: place('ArgMax'),
  Argmin: place('ArgMin'),
  Cumsum: cumulative,
};
