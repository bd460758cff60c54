import { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { type CallSpec, tensorsOf } from '../config/model-spec.js';
import type { Value } from '../graph-builder.js';
import type { Given } from '../layers/layer.js';

/** An operation of `keras.ops` in place of a function of TensorFlow. */
export interface Translated {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly call: CallSpec<Value>;
  /** Arguments whose last two dimensions change places first. */
  readonly turned: readonly number[];
}

/** How a function of TensorFlow is one of `keras.ops`. */
interface Form {
  readonly className: string;
  /** What comes behind the first argument, in the order of the operation. */
  readonly args?: readonly string[];
  /** Options by TensorFlow's name: Keras' name. */
  readonly options?: Readonly<Record<string, string>>;
  /** What the operation is told where the file says nothing. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Options that must have the value that they have here, if they are there. */
  readonly only?: Readonly<Record<string, unknown>>;
}

const pair = (className: string): Form => ({ className, args: ['y'] });
const each = (className: string, defaults = {}): Form => ({ className, defaults });
const along = (className: string): Form => ({ className, options: { axis: 'axis', keepdims: 'keepdims' } });

const MATMUL_ONLY = {
  adjoint_a: false,
  adjoint_b: false,
  a_is_sparse: false,
  b_is_sparse: false,
  grad_a: false,
  grad_b: false,
};

/** Functions by the name that the file has. Source: `TFOpLambda` of tf_keras/src/layers/core/tf_op_layer.py. */
const FORMS: Readonly<Record<string, Form>> = {
  '__operators__.add': pair('Add'),
  'math.add': pair('Add'),
  'math.subtract': pair('Subtract'),
  'math.multiply': pair('Multiply'),
  'math.truediv': pair('TrueDivide'),
  'math.divide': pair('TrueDivide'),
  'math.floordiv': pair('FloorDivide'),
  'math.pow': pair('Power'),
  'math.maximum': pair('Maximum'),
  'math.minimum': pair('Minimum'),
  'math.greater': pair('Greater'),
  'math.greater_equal': pair('GreaterEqual'),
  'math.less': pair('Less'),
  'math.less_equal': pair('LessEqual'),
  'math.equal': pair('Equal'),
  'math.not_equal': pair('NotEqual'),
  '__operators__.eq': { className: 'Equal', args: ['other'] },
  '__operators__.ne': { className: 'NotEqual', args: ['other'] },
  'math.logical_and': pair('LogicalAnd'),
  'math.logical_or': pair('LogicalOr'),
  'math.logical_not': each('LogicalNot'),
  where: { className: 'Where', args: ['x', 'y'] },
  cast: { className: 'Cast', options: { dtype: 'dtype' } },
  clip_by_value: { className: 'Clip', options: { clip_value_min: 'x_min', clip_value_max: 'x_max' } },
  identity: each('Identity'),
  stop_gradient: each('StopGradient'),
  zeros_like: each('ZerosLike'),
  ones_like: each('OnesLike'),
  'math.negative': each('Negative'),
  'math.abs': each('Absolute'),
  'math.sign': each('Sign'),
  'math.square': each('Square'),
  'math.sqrt': each('Sqrt'),
  'math.rsqrt': each('Rsqrt'),
  'math.reciprocal': each('Reciprocal'),
  'math.exp': each('Exp'),
  'math.expm1': each('Expm1'),
  'math.log': each('Log'),
  'math.log1p': each('Log1p'),
  'math.erf': each('Erf'),
  'math.sin': each('Sin'),
  'math.cos': each('Cos'),
  'math.floor': each('Floor'),
  'math.ceil': each('Ceil'),
  'math.tanh': each('Tanh'),
  'nn.tanh': each('Tanh'),
  'math.sigmoid': each('Sigmoid'),
  'nn.sigmoid': each('Sigmoid'),
  'nn.relu': each('Relu'),
  'nn.relu6': each('Relu6'),
  'nn.elu': each('Elu'),
  'nn.selu': each('Selu'),
  'nn.gelu': { className: 'Gelu', options: { approximate: 'approximate' }, defaults: { approximate: false } },
  'nn.silu': each('Silu'),
  'nn.swish': each('Silu'),
  'nn.softplus': each('Softplus'),
  'math.softplus': each('Softplus'),
  'nn.softsign': each('Softsign'),
  'nn.leaky_relu': { className: 'LeakyRelu', options: { alpha: 'negative_slope' } },
  'nn.softmax': { className: 'Softmax', options: { axis: 'axis' }, defaults: { axis: -1 } },
  'nn.log_softmax': { className: 'LogSoftmax', options: { axis: 'axis' }, defaults: { axis: -1 } },
  'math.reduce_mean': along('Mean'),
  'math.reduce_sum': along('Sum'),
  'math.reduce_prod': along('Prod'),
  'math.reduce_max': along('Max'),
  'math.reduce_min': along('Min'),
  'math.reduce_std': along('Std'),
  'math.reduce_variance': along('Var'),
  'math.reduce_logsumexp': along('Logsumexp'),
  'math.reduce_any': along('Any'),
  'math.reduce_all': along('All'),
  'math.argmax': {
    className: 'Argmax',
    options: { axis: 'axis' },
    defaults: { axis: 0 },
    only: { output_type: 'int32' },
  },
  'math.argmin': {
    className: 'Argmin',
    options: { axis: 'axis' },
    defaults: { axis: 0 },
    only: { output_type: 'int32' },
  },
  'math.cumsum': {
    className: 'Cumsum',
    options: { axis: 'axis' },
    defaults: { axis: 0 },
    only: { exclusive: false, reverse: false },
  },
  'math.l2_normalize': { className: 'Normalize', options: { axis: 'axis', epsilon: 'epsilon' } },
  'compat.v1.norm': { className: 'Norm', options: { axis: 'axis', keepdims: 'keepdims', ord: 'ord' } },
  reshape: { className: 'Reshape', options: { shape: 'newshape' } },
  transpose: { className: 'Transpose', options: { perm: 'axes' }, only: { conjugate: false } },
  expand_dims: { className: 'ExpandDims', options: { axis: 'axis' } },
  squeeze: { className: 'Squeeze', options: { axis: 'axis' } },
  reverse: { className: 'Flip', options: { axis: 'axis' } },
  tile: { className: 'Tile', options: { multiples: 'repeats' } },
  repeat: { className: 'Repeat', options: { repeats: 'repeats', axis: 'axis' } },
  concat: { className: 'Concatenate', options: { axis: 'axis' } },
  stack: { className: 'Stack', options: { axis: 'axis' } },
  split: {
    className: 'Split',
    options: { num_or_size_splits: 'indices_or_sections', axis: 'axis' },
    defaults: { axis: 0 },
  },
  gather: {
    className: 'Take',
    args: ['indices'],
    options: { axis: 'axis' },
    defaults: { axis: 0 },
    only: { batch_dims: 0 },
  },
  pad: {
    className: 'Pad',
    args: ['constant_values'],
    options: { paddings: 'pad_width', mode: 'mode' },
  },
  'linalg.matmul': { className: 'Matmul', args: ['b'], only: MATMUL_ONLY },
  '__operators__.getitem': { className: 'GetItem', args: ['slice_spec'] },
};

/** What is no option of the computation. */
const IDLE = ['name', 'validate_indices'];

/**
 * A call of a function of TensorFlow as a call of one of `keras.ops`.
 *
 * @param written its name: `math.multiply`, `compat.v1.transpose`
 * @throws {Error} that names the function or the option that hiddenstate does not have
 */
export function translate(written: string, { args, keywords }: CallSpec<Value>, who: string): Translated {
  const key = written === 'compat.v1.norm' ? written : written.replace(/^compat\.v1\./, '');
  if (!Object.hasOwn(FORMS, key)) {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got function ${describeValue(written)} of TensorFlow, expected one that docs/keras.md lists: write it ` +
        'with layers, or export the model to ONNX',
    );
  }
  const form = FORMS[key];
  const left = new Map(keywords);
  for (const name of IDLE) left.delete(name);
  const given = (form.args ?? []).map((name) => take(left, name));
  const config: Record<string, unknown> = { ...form.defaults };
  for (const [name, option] of Object.entries(form.options ?? {})) {
    const value = take(left, name);
    if (value !== undefined) config[option] = constantOf(value, name, who);
  }
  const turned =
    key === 'linalg.matmul' ? ['transpose_a', 'transpose_b'].flatMap((name, i) => takeFlag(left, name, i)) : [];
  for (const [name, value] of Object.entries(form.only ?? {})) {
    const own = take(left, name);
    if (own !== undefined && !('constant' in own && (own.constant === value || own.constant === null))) {
      throw new HiddenstateError('UNSUPPORTED', `${who}: ${name}: got another value, expected ${describeValue(value)}`);
    }
  }
  const call = { args: [...args, ...given.filter((item) => item !== undefined)], keywords: left };
  return { className: form.className, config: refined(key, config, args, who), call, turned };
}

/** Options whose values TensorFlow writes otherwise. */
function refined(key: string, config: Record<string, unknown>, args: readonly Given[], who: string) {
  if (key === 'math.l2_normalize') config.epsilon = Math.sqrt(Number(config.epsilon ?? 1e-12));
  if (key === 'pad' && typeof config.mode === 'string') config.mode = config.mode.toLowerCase();
  const sizes = config.indices_or_sections;
  if (key === 'split' && Array.isArray(sizes)) {
    let end = 0;
    config.indices_or_sections = sizes.slice(0, -1).map((size) => {
      end += Number(size);
      return end;
    });
  }
  if (key === 'squeeze' && config.axis === undefined && tensorsOf(args[0]).length > 0) {
    throw new HiddenstateError('UNSUPPORTED', `${who}: axis: got none, expected those to squeeze`);
  }
  return config;
}

function take(keywords: Map<string, Given>, name: string): Given | undefined {
  const value = keywords.get(name);
  keywords.delete(name);
  return value;
}

function takeFlag(keywords: Map<string, Given>, name: string, i: number): number[] {
  const value = take(keywords, name);
  return value !== undefined && 'constant' in value && value.constant === true ? [i] : [];
}

function constantOf(given: Given, name: string, who: string): unknown {
  if ('constant' in given) return given.constant;
  throw new HiddenstateError('UNSUPPORTED', `${who}: ${name}: got a tensor, expected numbers that the file holds`);
}
