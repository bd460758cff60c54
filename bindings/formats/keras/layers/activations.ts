import { HiddenstateError, rangeError } from '../../../errors.js';
import { type Activation, activationName } from '../../../graph/index.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from '../config/fields.js';
import type { Dialect } from '../config/model-spec.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { type LayerTable, mapping } from './layer.js';

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

/** Layers that are a function of each element. */
export const ACTIVATIONS: LayerTable = {
  Activation: ({ builder, name, fields, dialect, who }) => {
    const activation = readActivation(fields.get('activation'), dialect, `${who}: activation`);
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
  PReLU: ({ builder, name, variables }) => {
    const [alpha] = variables.take(['alpha']);
    const slope = builder.floats(`${name}/alpha`, alpha.dims, alpha.data);
    return mapping((x) => {
      const input = builder.asFloats(name, x);
      return { ...input, name: builder.add('PRelu', name, [input.name, slope]) };
    });
  },
  Softmax: ({ builder, name, fields, who }) => {
    const axis = fields.single('axis', -8, -1);
    return mapping((x) => {
      if (x.mask !== undefined)
        throw new HiddenstateError('UNSUPPORTED', `${who}: got a masked input, expected one without a mask`);
      const input = builder.asFloats(name, x);
      return { ...input, name: builder.add('Softmax', name, [input.name], { axis }) };
    });
  },
};
