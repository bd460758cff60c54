import { HiddenstateError, rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { dictOrder } from './dict-order.js';
import { Fields } from './fields.js';
import type { KerasVersion, LayerSpec, ModelSpec, NodeSpec } from './model-spec.js';
import { countNodes } from './node-numbers.js';
import { isOfKeras3, readCall, readRefs } from './read-call.js';

/** Layers that are models themselves. */
const SEQUENTIAL = ['Sequential'];
const FUNCTIONAL = ['Functional', 'Model'];

/** Whether a class is a model. */
export function isModelClass(className: string): boolean {
  return SEQUENTIAL.includes(className) || FUNCTIONAL.includes(className);
}

/** Where Keras 3 keeps the operations of `keras.ops`. */
const OPERATION_MODULE = /^keras\.(src\.)?ops\b/;

/**
 * Reads what every dialect writes for a layer: `{ class_name, config, name? }`.
 *
 * @throws {TypeError} if it is something else
 */
export function readLayer(value: unknown, who: string): LayerSpec {
  const fields = new Fields(value, who);
  const className = fields.string('class_name');
  const config = fields.get('config');
  const written = fields.get('name') ?? (config as Partial<Record<string, unknown>> | undefined)?.name;
  return {
    className,
    config,
    name: typeof written === 'string' ? written : className,
    isOperation: isOperation(fields),
  };
}

/**
 * Whether it is one of `keras.ops`. The `.h5` files of Keras 3 leave the module out; there every layer's configuration but
 * those of SpatialDropout says whether it is trainable, and no operation's does.
 */
function isOperation(layer: Fields): boolean {
  const module = layer.get('module');
  if (typeof module === 'string') return OPERATION_MODULE.test(module);
  const className = layer.string('class_name');
  const [call] = layer.has('inbound_nodes') ? layer.list('inbound_nodes') : [];
  if (!isOfKeras3(call) || /^(InputLayer|SpatialDropout[123]D)$/.test(className) || isModelClass(className))
    return false;
  return !new Fields(layer.get('config') ?? {}, layer.who).has('trainable');
}

/**
 * Reads a Sequential or Functional model, of Keras 2 or 3.
 *
 * @throws {TypeError | RangeError | Error} that names the layer that does not fit
 */
export function readModel({ className, config, name }: LayerSpec, version: KerasVersion, who: string): ModelSpec {
  if (SEQUENTIAL.includes(className)) return sequential(config, name, who);
  if (FUNCTIONAL.includes(className)) return functional(new Fields(config, who), name, version, who);
  throw new HiddenstateError(
    'FILE',
    `${who}: got model class ${describeValue(className)}, expected Sequential or Functional (a subclassed model is code)`,
  );
}

/** The layers one after the other, after an input of the first one's declared shape where there is no InputLayer. */
function sequential(config: unknown, name: string, who: string): ModelSpec {
  // Keras 1 and early TensorFlow.js wrote the list of layers alone.
  const fields = Array.isArray(config) ? new Fields({ layers: config }, who) : new Fields(config, who);
  const layers = fields.list('layers').map((layer, i) => readLayer(layer, `${who}: layer ${i}`));
  if (layers.length === 0) throw rangeError(`${who}: got a Sequential model without layers, expected at least one`);
  const [first] = layers;
  const chain = first.className === 'InputLayer' ? layers : [inputBefore(first, fields), ...layers];
  const refs = chain.map(({ name: layer }) => ({ layer, node: 0, tensor: 0 }));
  return {
    name,
    nodes: chain.map((layer, i) => ({
      ...layer,
      calls: i ? [{ args: [{ tensor: refs[i - 1] }], keywords: new Map() }] : [],
    })),
    inputs: [refs[0]],
    outputs: [refs[refs.length - 1]],
  };
}

/** The InputLayer that a Sequential model leaves unsaid. */
function inputBefore(first: LayerSpec, model: Fields): LayerSpec {
  const config = isModelClass(first.className) ? undefined : new Fields(first.config, model.who);
  const shape =
    config?.get('batch_input_shape') ?? config?.get('batch_shape') ?? model.get('build_input_shape') ?? undefined;
  return {
    className: 'InputLayer',
    name: `${first.name}_input`,
    config: { batch_shape: shape, dtype: config?.has('batch_input_shape') ? config.get('dtype') : undefined },
    isOperation: false,
  };
}

function functional(fields: Fields, name: string, version: KerasVersion, who: string): ModelSpec {
  let listed = false;
  const nodes = fields.list('layers').map((value, i): NodeSpec => {
    const layer = readLayer(value, `${who}: layer ${i}`);
    const label = `${who}: layer ${describeValue(layer.name)}`;
    const inbound = new Fields(value, label).list('inbound_nodes');
    listed ||= inbound.some((call) => !isOfKeras3(call));
    return { ...layer, calls: inbound.map((call) => readCall(call, label, dictOrder(layer.config, version))) };
  });
  const inputs = readRefs(fields.get('input_layers'), `${who}: input_layers`);
  const outputs = readRefs(fields.get('output_layers'), `${who}: output_layers`);
  if (inputs.length === 0 || outputs.length === 0) {
    throw rangeError(
      `${who}: got ${inputs.length} inputs and ${outputs.length} outputs, expected at least one of each`,
    );
  }
  const isFunctional = (className: string) => FUNCTIONAL.includes(className);
  return { name, inputs, ...countNodes({ nodes, outputs }, isModelClass, isFunctional, listed) };
}
