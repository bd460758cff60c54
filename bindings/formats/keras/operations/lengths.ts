import { rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { CallSpec } from '../config/model-spec.js';
import type { Value } from '../graph-builder.js';
import {
  acrossTime,
  axesOf,
  like,
  type Operation,
  type OperationContext,
  type OperationTable,
  tensor,
} from './operation.js';

/** What `Normalize` divides by at least. Source: `keras.backend.epsilon`. */
const EPSILON = 1e-7;

/** The root of the sum of squares along some axes. */
function lengthOf(context: OperationContext, x: Value, axes: readonly number[], keepdims: boolean): string {
  const { builder, name } = context;
  acrossTime(context, x, axes);
  return builder.add('ReduceL2', name, [x.name, builder.integers(`${name}/axes`, axes)], {
    keepdims: Number(keepdims),
  });
}

function floats(context: OperationContext, call: CallSpec<Value>): Value {
  return context.builder.asFloats(context.name, tensor(context, call));
}

/** x over its length, which counts as `epsilon` at least. */
const normalize: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  if (fields.number('order', 2) !== 2) throw rangeError(`${who}: order: got ${fields.number('order')}, expected 2`);
  const x = floats(context, call);
  const length = lengthOf(context, x, axesOf(context, x.rank), true);
  const least = builder.floats(`${name}/epsilon`, [], [fields.number('epsilon', EPSILON)]);
  return [like(context, x, 'Div', [builder.add('Max', name, [length, least])])];
};

/** The length of x along its axes, all of them where none is given. */
const norm: Operation = (context, call) => {
  const { fields, who } = context;
  const order = fields.get('ord');
  const x = floats(context, call);
  const axes = axesOf(context, x.rank);
  const isLength =
    order === undefined || order === 'euclidean' || order === 'fro' || (order === 2 && axes.length === 1);
  if (!isLength) throw rangeError(`${who}: ord: got ${describeValue(order)}, expected the root of the sum of squares`);
  const keepdims = fields.flag('keepdims', false);
  const length = lengthOf(context, x, axes, keepdims);
  const rank = keepdims ? x.rank : x.rank - axes.length;
  return [{ name: length, dtype: 'float32', rank, timed: x.timed && !axes.includes(1) }];
};

/** Operations on lengths of vectors. */
export const LENGTHS: OperationTable = { Normalize: normalize, Norm: norm };
