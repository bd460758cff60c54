import { rangeError } from '../../../errors.js';
import { type Activation, activationName } from '../../../graph/general-cells.js';
import type { CallSpec } from '../config/model-spec.js';
import { readConstant, typeNamed } from '../constants.js';
import type { Value, ValueType } from '../graph-builder.js';
import { activate } from '../layers/activations.js';
import { type Given, needsWholeSequence } from '../layers/layer.js';
import {
  acrossTime,
  argument,
  axesOf,
  broadcast,
  like,
  type Operation,
  type OperationContext,
  type OperationTable,
  promoted,
  tensor,
} from './operation.js';

/** A function of two tensors, or of one and a constant. */
function pair(op: string, gives?: ValueType, least?: ValueType): Operation {
  return (context, call) => {
    const given = [argument(context, call, 0, 'x1'), argument(context, call, 1, 'x2')];
    expectNoSteps(context, given);
    const [one, two] = promoted(context, given, least ?? 'int32');
    const name = context.builder.add(op, context.name, [one.name, two.name]);
    return [broadcast([one, two], name, gives ?? one.dtype)];
  };
}

/** Refuses, in a stream, constants that have a number for each step. */
function expectNoSteps(context: OperationContext, given: readonly Given[]): void {
  const rank = Math.max(...given.map((item) => ('tensor' in item && item.tensor.timed ? item.tensor.rank : 0)));
  for (const item of given) {
    const dims = 'constant' in item && context.pool.stepwise ? readConstant(item.constant, context.who).dims : [];
    if ((dims[1 - rank + dims.length] ?? 1) === 1) continue;
    needsWholeSequence(context, 'a constant along the second dimension');
  }
}

/** A function of two truth values. */
function logical(op: string): Operation {
  return (context, call) => {
    const [one, two] = [tensor(context, call, 0, 'x1'), tensor(context, call, 1, 'x2')].map((value) =>
      context.builder.cast(context.name, value, 'bool'),
    );
    return [broadcast([one, two], context.builder.add(op, context.name, [one.name, two.name]), 'bool')];
  };
}

/** A function of each element, of floats. */
function each(op: string): Operation {
  return (context, call) => [like(context, floats(context, call), op)];
}

/** A function of each element that keeps whole numbers whole. */
function keeping(op: string): Operation {
  return (context, call) => [like(context, tensor(context, call), op)];
}

function floats(context: OperationContext, call: CallSpec<Value>): Value {
  return context.builder.asFloats(context.name, tensor(context, call));
}

/** One of Keras' activations, with what its operation says of it. */
function function_(
  name: string,
  read: (context: OperationContext) => Omit<Activation, 'name'> = () => ({}),
): Operation {
  return (context, call) => {
    const activation = { name: activationName(name, context.who), ...read(context) };
    return [activate(context.builder, context.name, floats(context, call), activation)];
  };
}

/** A number that a field holds. */
const field =
  (name: string, fallback: number) =>
  ({ fields }: OperationContext) => ({ alpha: fields.number(name, fallback) });

/** x · factor, after or before another function. */
function scaled(op: string, factor: number): Operation {
  return (context, call) => {
    const x = like(context, floats(context, call), op);
    return [like(context, x, 'Mul', [context.builder.floats(`${context.name}/factor`, [], [factor])])];
  };
}

const softmax =
  (op: string): Operation =>
  (context, call) => {
    const x = floats(context, call);
    const axes = axesOf(context, x.rank);
    acrossTime(context, x, axes);
    if (axes.length === 1) return [like(context, x, op, [], { axis: axes[0] })];
    const { builder, name } = context;
    const sum = builder.add('ReduceLogSumExp', name, [x.name, builder.integers(`${name}/axes`, axes)], { keepdims: 1 });
    const logs = like(context, x, 'Sub', [sum]);
    return [op === 'Softmax' ? like(context, logs, 'Exp') : logs];
  };

const where: Operation = (context, call) => {
  const { builder, name } = context;
  const condition = builder.cast(name, tensor(context, call, 0, 'condition'), 'bool');
  const given = [argument(context, call, 1, 'x1'), argument(context, call, 2, 'x2')];
  expectNoSteps(context, given);
  const [one, two] = promoted(context, given);
  const chosen = builder.add('Where', name, [condition.name, one.name, two.name]);
  return [broadcast([condition, one, two], chosen, one.dtype)];
};

const cast: Operation = (context, call) => {
  const { builder, name, fields, who } = context;
  const dtype = typeNamed(fields.string('dtype'));
  if (!dtype)
    throw rangeError(`${who}: dtype: got "${fields.string('dtype')}", expected float32, int32, int64 or bool`);
  return [builder.cast(name, tensor(context, call), dtype)];
};

const clip: Operation = (context, call) => {
  const { builder, name, fields } = context;
  const x = floats(context, call);
  const bounds = ['x_min', 'x_max'].map((bound) => (fields.has(bound) ? [fields.number(bound)] : undefined));
  return [
    like(
      context,
      x,
      'Clip',
      bounds.map((bound) => (bound ? builder.floats(`${name}/bound`, [], bound) : '')),
    ),
  ];
};

/** A tensor of the dims of another, all of one number. */
function filled(read: (context: OperationContext, call: CallSpec<Value>) => number): Operation {
  return (context, call) => {
    const { builder, name, fields } = context;
    const x = tensor(context, call);
    const dtype = typeNamed(fields.get('dtype')) ?? x.dtype;
    const zeros = builder.cast(
      name,
      like(context, builder.asFloats(name, x), 'Mul', [builder.floats(`${name}/none`, [], [0])]),
      'bool',
    );
    const one = builder.floats(`${name}/value`, [], [read(context, call)]);
    // What 0 · x is does not matter, infinite or not a number: either side of the choice is the same.
    const chosen = builder.add('Where', name, [zeros.name, one, one]);
    return [builder.cast(name, { ...x, name: chosen, dtype: 'float32', mask: undefined }, dtype)];
  };
}

/** The number that `full_like` fills with. */
function fillValue(context: OperationContext, call: CallSpec<Value>): number {
  const given = argument(context, call, 1, 'fill_value');
  const { elements } = readConstant('constant' in given ? given.constant : undefined, `${context.who}: fill_value`);
  if (elements.length === 1) return Number(elements[0]);
  throw rangeError(`${context.who}: fill_value: got ${elements.length} numbers, expected one`);
}

/** To whole numbers, halves to the even one. */
const round: Operation = (context, call) => {
  const decimals = context.fields.number('decimals', 0);
  if (decimals === 0) return [like(context, floats(context, call), 'Round')];
  throw rangeError(`${context.who}: decimals: got ${decimals}, expected 0`);
};

/** The remainder of the sign of the divisor, as Python has it. */
const mod: Operation = (context, call) => {
  const given = [argument(context, call, 0, 'x1'), argument(context, call, 1, 'x2')];
  const [one, two] = promoted(context, given, 'float32');
  const { builder, name } = context;
  const [quotient] = pair('Div', undefined, 'float32')(context, call);
  const whole = builder.add('Mul', name, [like(context, quotient, 'Floor').name, two.name]);
  return [{ ...quotient, name: builder.add('Sub', name, [one.name, whole]) }];
};

function power(exponent: number): Operation {
  return (context, call) => {
    const x = floats(context, call);
    return [like(context, x, 'Pow', [context.builder.floats(`${context.name}/exponent`, [], [exponent])])];
  };
}

const square: Operation = (context, call) => {
  const x = tensor(context, call);
  return [like(context, x, 'Mul', [x.name])];
};

/** One function after another. */
const chain =
  (...operators: string[]): Operation =>
  (context, call) => [operators.reduce((x, op) => like(context, x, op), floats(context, call))];

const log1p: Operation = (context, call) => {
  const one = context.builder.floats(`${context.name}/one`, [], [1]);
  return [like(context, like(context, floats(context, call), 'Add', [one]), 'Log')];
};

const expm1: Operation = (context, call) => {
  const one = context.builder.floats(`${context.name}/one`, [], [1]);
  return [like(context, like(context, floats(context, call), 'Exp'), 'Sub', [one])];
};

const gelu: Operation = (context, call) => [
  like(context, floats(context, call), 'Gelu', [], {
    approximate: context.fields.flag('approximate', true) ? 'tanh' : 'none',
  }),
];

const logicalNot: Operation = (context, call) => [
  like(context, context.builder.cast(context.name, tensor(context, call), 'bool'), 'Not'),
];

const notEqual: Operation = (context, call) => [like(context, pair('Equal', 'bool')(context, call)[0], 'Not')];

const floorDivide: Operation = (context, call) => {
  const [quotient] = pair('Div', undefined, 'float32')(context, call);
  const kinds = call.args.map((given) => ('tensor' in given ? given.tensor.dtype : 'int32'));
  const floor = like(context, quotient, 'Floor');
  return [kinds.includes('float32') ? floor : context.builder.cast(context.name, floor, 'int32')];
};

const identity: Operation = (context, call) => [tensor(context, call)];

/** Operations on each element. */
export const ELEMENTWISE: OperationTable = {
  Add: pair('Add'),
  Subtract: pair('Sub'),
  Multiply: pair('Mul'),
  Divide: pair('Div', undefined, 'float32'),
  TrueDivide: pair('Div', undefined, 'float32'),
  FloorDivide: floorDivide,
  Mod: mod,
  Power: pair('Pow', undefined, 'float32'),
  Maximum: pair('Max'),
  Minimum: pair('Min'),
  Equal: pair('Equal', 'bool'),
  NotEqual: notEqual,
  Greater: pair('Greater', 'bool'),
  GreaterEqual: pair('GreaterOrEqual', 'bool'),
  Less: pair('Less', 'bool'),
  LessEqual: pair('LessOrEqual', 'bool'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalXor: logical('Xor'),
  LogicalNot: logicalNot,
  Where: where,
  Cast: cast,
  Clip: clip,
  OnesLike: filled(() => 1),
  ZerosLike: filled(() => 0),
  FullLike: filled(fillValue),
  Absolute: keeping('Abs'),
  Negative: keeping('Neg'),
  Sign: keeping('Sign'),
  Square: square,
  Sqrt: each('Sqrt'),
  Rsqrt: chain('Sqrt', 'Reciprocal'),
  Reciprocal: each('Reciprocal'),
  Exp: each('Exp'),
  Expm1: expm1,
  Log: each('Log'),
  Log1p: log1p,
  Log2: scaled('Log', Math.LOG2E),
  Log10: scaled('Log', Math.LOG10E),
  Erf: each('Erf'),
  Sin: each('Sin'),
  Cos: each('Cos'),
  Tan: each('Tan'),
  Arcsin: each('Asin'),
  Arccos: each('Acos'),
  Arctan: each('Atan'),
  Sinh: each('Sinh'),
  Cosh: each('Cosh'),
  Tanh: each('Tanh'),
  Floor: each('Floor'),
  Ceil: each('Ceil'),
  Round: round,
  Cbrt: power(1 / 3),
  Isnan: (context, call) => [{ ...like(context, floats(context, call), 'IsNaN'), dtype: 'bool' }],
  Relu: function_('relu'),
  Relu6: function_('relu6'),
  Sigmoid: function_('sigmoid'),
  Softplus: function_('softplus'),
  Softsign: function_('softsign'),
  Silu: function_('silu'),
  LogSigmoid: function_('log_sigmoid'),
  LeakyRelu: function_('leaky_relu', field('negative_slope', 0.2)),
  HardSigmoid: function_('hard_sigmoid', () => ({ alpha: 1 / 6, beta: 0.5 })),
  HardSilu: function_('hard_silu'),
  HardTanh: function_('hard_tanh'),
  TanhShrink: function_('tanh_shrink'),
  Squareplus: function_('squareplus'),
  SparsePlus: function_('sparse_plus'),
  SparseSigmoid: function_('sparse_sigmoid'),
  Elu: function_('elu', field('alpha', 1)),
  Selu: function_('selu'),
  Celu: function_('celu', field('alpha', 1)),
  Gelu: gelu,
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  StopGradient: identity,
  Copy: identity,
  ConvertToTensor: identity,
  Identity: identity,
};
