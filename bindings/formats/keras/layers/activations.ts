import { rangeError } from '../../../errors.js';
import { type Activation, activationName } from '../../../graph/general-cells.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from '../config/fields.js';
import type { Dialect } from '../config/model-spec.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { type BuiltLayer, type LayerImporter, type LayerTable, mapping, needsWholeSequence } from './layer.js';

/** Functions that are operators of ONNX. */
const OPERATORS: Readonly<Record<string, string>> = {
  relu: 'Relu',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  softmax: 'Softmax',
};

/**
 * Reads the value of an `activation` field: a name, or a function or layer in the words of the file.
 *
 * @throws {RangeError | TypeError} if it is none that is supported
 */
export function readActivation(value: unknown, dialect: Dialect, who: string): Activation {
  if (value === undefined || value === null) return { name: 'linear' };
  if (typeof value === 'object') return readObject(value, dialect, who);
  const name = activationName(value, who);
  if (name === 'hard_sigmoid') return { name, alpha: dialect === 'keras-3' ? 1 / 6 : 0.2, beta: 0.5 };
  // As a function its slope is 0.2; as a layer it says its own.
  if (name === 'leaky_relu') return { name, alpha: 0.2 };
  return { name };
}

function readObject(value: object, dialect: Dialect, who: string): Activation {
  const fields = new Fields(value, who);
  const className = fields.string('class_name');
  const config = fields.get('config');
  if (className === 'function' || typeof config === 'string') return readActivation(config, dialect, who);
  const own = new Fields(config ?? {}, who);
  if (className === 'LeakyReLU') return { name: 'leaky_relu', alpha: leakySlope(own) };
  if (className === 'ELU') return { name: 'elu', alpha: own.number('alpha', 1) };
  if (className === 'Activation') return readActivation(own.get('activation'), dialect, who);
  throw rangeError(`${who}: got activation ${describeValue(className)}, expected a function`);
}

function leakySlope(fields: Fields): number {
  return fields.number('negative_slope', fields.number('alpha', 0.3));
}

/** Adds an activation along the last axis. */
export function activate(builder: GraphBuilder, label: string, x: Value, activation: Activation): Value {
  if (activation.name === 'linear') return x;
  const input = builder.asFloats(label, x);
  if (Object.hasOwn(OPERATORS, activation.name)) {
    const attributes = activation.name === 'softmax' ? { axis: -1 } : {};
    return { ...input, name: builder.add(OPERATORS[activation.name], label, [input.name], attributes) };
  }
  const { name: function_, alpha, beta } = activation;
  const [name] = builder.addKeras('Activation', label, [input.name], 1, { function: function_, alpha, beta });
  return { ...input, name };
}

/** From this version of Keras 2 on a softmax heeds a mask. */
const SOFTMAX_HEEDS = 2004;

/** From this version of Keras 3 on what a mask leaves out is zero even where it leaves out all. */
const SOFTMAX_ZEROS = 3010;

/** What is added where the mask is false. */
const NEVER = -1e9;

/** A softmax over one axis or several, a mask of any dims that broadcast leaving elements out. */
const softmax: LayerImporter = (context): BuiltLayer => {
  const { builder, name, fields, version } = context;
  const list = fields.get('axis');
  const axes = Array.isArray(list) ? list : [list ?? -1];
  const own = axes.map((axis) => new Fields({ axis }, context.who).integer('axis', -8));
  const heeds = version.number >= SOFTMAX_HEEDS;
  return ({ inputs: [x], masks: [given] }) => {
    if (own.some((axis) => (axis < 0 ? axis + x.rank : axis) === 1)) {
      needsWholeSequence(context, 'a softmax over the second dimension', x);
    }
    const input = builder.asFloats(name, x);
    const mask = heeds ? given : undefined;
    const never = mask && builder.floats(`${name}/never`, [], [NEVER]);
    const zero = mask && builder.floats(`${name}/zero`, [], [0]);
    const added = mask && builder.add('Where', name, [mask.name, zero as string, never as string]);
    const logits = added ? builder.add('Add', name, [input.name, added]) : input.name;
    const result = softmaxOver(builder, name, logits, own);
    const zeros = mask !== undefined && version.number >= SOFTMAX_ZEROS;
    return [{ ...input, name: zeros ? builder.add('Where', name, [mask.name, result, zero as string]) : result }];
  };
};

/** The exponential of x less the logarithm of their sum, over several axes. */
function softmaxOver(builder: GraphBuilder, name: string, x: string, axes: readonly number[]): string {
  if (axes.length === 1) return builder.add('Softmax', name, [x], { axis: axes[0] });
  const sum = builder.add('ReduceLogSumExp', name, [x, builder.integers(`${name}/axes`, axes)], { keepdims: 1 });
  return builder.add('Exp', name, [builder.add('Sub', name, [x, sum])]);
}

/** Layers that are a function of each element. */
export const ACTIVATIONS: LayerTable = {
  Activation: ({ builder, name, fields, version, who }) => {
    const activation = readActivation(fields.get('activation'), version.dialect, `${who}: activation`);
    return mapping((x) => activate(builder, name, x, activation));
  },
  LeakyReLU: ({ builder, name, fields }) => {
    const alpha = leakySlope(fields);
    return mapping((x) => activate(builder, name, x, { name: 'leaky_relu', alpha }));
  },
  ELU: ({ builder, name, fields }) => {
    const alpha = fields.number('alpha', 1);
    return mapping((x) => activate(builder, name, x, { name: 'elu', alpha }));
  },
  ThresholdedReLU: ({ builder, name, fields }) => {
    const alpha = fields.number('theta', 1);
    return mapping((x) => activate(builder, name, x, { name: 'thresholded_relu', alpha }));
  },
  ReLU: ({ builder, name, fields }) => {
    const attributes = {
      slope: fields.number('negative_slope', 0),
      threshold: fields.number('threshold', 0),
      max: fields.has('max_value') ? fields.number('max_value') : undefined,
    };
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      return { ...input, name: builder.addKeras('BoundedRelu', name, [input.name], 1, attributes)[0] };
    });
  },
  PReLU: (context) => {
    const { builder, name, variables } = context;
    const [alpha] = variables.take(['alpha']);
    const slope = builder.floats(`${name}/alpha`, alpha.dims, alpha.data);
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      if (alpha.dims.length > 1 && alpha.dims[0] > 1) needsWholeSequence(context, 'a slope for each step', x);
      return { ...input, name: builder.add('PRelu', name, [input.name, slope]) };
    });
  },
  Softmax: softmax,
};
