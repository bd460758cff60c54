import { HiddenstateError, rangeError, typeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from './fields.js';
import type { CallSpec, LayerSpec, ModelSpec, NodeSpec, TensorRef } from './model-spec.js';

/** Layers that are models themselves. */
const SEQUENTIAL = ['Sequential'];
const FUNCTIONAL = ['Functional', 'Model'];

/** Whether a class is a model. */
export function isModelClass(className: string): boolean {
  return SEQUENTIAL.includes(className) || FUNCTIONAL.includes(className);
}

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
  return { className, config, name: typeof written === 'string' ? written : className };
}

/**
 * Reads a Sequential or Functional model, of Keras 2 or 3.
 *
 * @throws {TypeError | RangeError | Error} that names the layer that does not fit
 */
export function readModel({ className, config, name }: LayerSpec, who: string): ModelSpec {
  if (SEQUENTIAL.includes(className)) return sequential(config, name, who);
  if (FUNCTIONAL.includes(className)) return functional(new Fields(config, who), name, who);
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
    nodes: chain.map((layer, i) => ({ ...layer, calls: i ? [{ inputs: [refs[i - 1]], states: [] }] : [] })),
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
  };
}

function functional(fields: Fields, name: string, who: string): ModelSpec {
  const nodes = fields.list('layers').map((value, i): NodeSpec => {
    const layer = readLayer(value, `${who}: layer ${i}`);
    const label = `${who}: layer ${describeValue(layer.name)}`;
    const inbound = new Fields(value, label).list('inbound_nodes');
    return { ...layer, calls: inbound.map((call) => readCall(call, label)) };
  });
  const inputs = readRefs(fields.get('input_layers'), `${who}: input_layers`);
  const outputs = readRefs(fields.get('output_layers'), `${who}: output_layers`);
  if (inputs.length === 0 || outputs.length === 0) {
    throw rangeError(
      `${who}: got ${inputs.length} inputs and ${outputs.length} outputs, expected at least one of each`,
    );
  }
  return { name, nodes, inputs, outputs };
}

/** One entry of `inbound_nodes`: a list of [layer, node, tensor, keywords] (Keras 2) or { args, kwargs } (Keras 3). */
function readCall(call: unknown, who: string): CallSpec {
  if (Array.isArray(call)) {
    const refs = readRefs(call, who);
    const keywords = isRef(call) ? call[3] : (call as unknown[]).flat().find((item) => isKeywords(item));
    const states = isKeywords(keywords) ? keywords.initial_state : undefined;
    return { inputs: refs, states: readRefs(states, `${who}: initial_state`) };
  }
  const fields = new Fields(call, who);
  const keywords = fields.has('kwargs') ? fields.object('kwargs') : new Fields({}, who);
  const [first, second] = fields.list('args');
  const inputs = readRefs(first ?? keywords.get('inputs') ?? keywords.get('sequences'), who);
  return { inputs, states: readRefs(keywords.get('initial_state') ?? second, `${who}: initial_state`) };
}

/** Every reference in a value, however its lists are nested. */
function readRefs(value: unknown, who: string, depth = 0): TensorRef[] {
  if (value === undefined || value === null) return [];
  if (depth > 8) throw rangeError(`${who}: got lists nested more than 8 deep, expected references to layers`);
  if (isRef(value)) return [toRef(value, who)];
  if (Array.isArray(value)) return value.flatMap((item) => readRefs(item, who, depth + 1));
  const { class_name: className, config } = value as { class_name?: unknown; config?: { keras_history?: unknown } };
  if (className === '__keras_tensor__' && isRef(config?.keras_history)) return [toRef(config.keras_history, who)];
  if (typeof value === 'object' && className === undefined) {
    return Object.values(value).flatMap((item) => readRefs(item, who, depth + 1));
  }
  throw typeError(`${who}: got ${describeValue(className ?? value)}, expected references to layers`);
}

function isRef(value: unknown): value is [string, number, number, unknown?] {
  return Array.isArray(value) && typeof value[0] === 'string' && value.length >= 3;
}

function isKeywords(value: unknown): value is Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRef([layer, node, tensor]: [string, number, number, unknown?], who: string): TensorRef {
  const index = (value: unknown): number => {
    if (Number.isInteger(value) && (value as number) >= 0) return value as number;
    throw rangeError(`${who}: got index ${describeValue(value)} of layer ${describeValue(layer)}, expected an integer`);
  };
  return { layer, node: index(node), tensor: index(tensor) };
}
