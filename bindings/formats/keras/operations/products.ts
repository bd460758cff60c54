import { rangeError } from '../../../errors.js';
import type { Value } from '../graph-builder.js';
import { needsWholeSequence } from '../layers/layer.js';
import { argument, type Operation, type OperationContext, type OperationTable, promoted, tensor } from './operation.js';

const matmul: Operation = (context, call) => {
  const [one, two] = promoted(context, [argument(context, call, 0, 'x1'), argument(context, call, 1, 'x2')], 'float32');
  if (two.timed && two.rank < 4) needsWholeSequence(context, 'a product over the second dimension', two);
  return [product(context, one, two)];
};

function product({ builder, name }: OperationContext, one: Value, two: Value): Value {
  const rank = Math.max(one.rank, two.rank) - (one.rank === 1 ? 1 : 0) - (two.rank === 1 ? 1 : 0);
  return { name: builder.add('MatMul', name, [one.name, two.name]), dtype: 'float32', rank, timed: one.timed };
}

/** numpy.dot: of tensors of up to two dimensions, or a matrix on the right, a product of matrices. */
const dot: Operation = (context, call) => {
  const two = tensor(context, call, 1, 'x2');
  if (two.rank <= 2) return matmul(context, call);
  throw rangeError(`${context.who}: got ${two.rank} dimensions on the right, expected at most 2: use keras.ops.matmul`);
};

/** Any product of two tensors that MatMul can do: batch letters first, one contracted. */
const einsum: Operation = (context, call) => {
  const { builder, name, fields } = context;
  const equation = fields.string('subscripts').replaceAll(' ', '');
  const values = promoted(
    context,
    call.args.map((_, i) => argument(context, call, i, '')),
    'float32',
  );
  for (const value of values) needsWholeSequence(context, 'einsum', value);
  const rank = (equation.split('->')[1] ?? '').length;
  const inputs = values.map((value) => value.name);
  return [{ name: builder.add('Einsum', name, inputs, { equation }), dtype: 'float32', rank, timed: true }];
};

/** Products of tensors. */
export const PRODUCTS: OperationTable = { Matmul: matmul, Dot: dot, Einsum: einsum };
