import { reasonOf } from '../../errors.js';
import { buildGraph, MAX_DEPTH, type ModelSource } from './build-graph.js';
import { Fields } from './config/fields.js';
import type { Dialect, KerasVersion, LayerSpec, ModelSpec } from './config/model-spec.js';
import { isModelClass, readLayer, readModel } from './config/read-model.js';
import { COMMON_KIT, FUNCTIONS, type Kit } from './kit.js';
import type { LayerPlace, LayerVariables, WeightSource } from './weights/weight-source.js';

/** A layer of a model as its file describes it. */
export interface KerasLayer {
  /** With the names of the models around it: `encoder/lstm`. */
  readonly name: string;
  /** Its class; of a wrapper also that of the layer inside: `Bidirectional(LSTM)`. */
  readonly type: string;
  /** What of its configuration says how large it is and how it runs. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Numbers in its weights; absent where the model could not be put together. */
  readonly parameters?: number;
  /** Whether hiddenstate has such a layer. */
  readonly runs: boolean;
}

/** What goes into a model or comes out of it. */
export interface KerasValue {
  readonly name: string;
  readonly dtype?: string;
  /** Extents, null where one is free; absent where the file does not say. */
  readonly dims?: readonly (number | string | null)[];
}

/** What is in a Keras or TensorFlow.js file. */
export interface KerasDescription {
  readonly name: string;
  /** Which Keras wrote it. */
  readonly dialect: Dialect;
  readonly inputs: readonly KerasValue[];
  readonly outputs: readonly KerasValue[];
  /** In the order of the file, models in the model opened. */
  readonly layers: readonly KerasLayer[];
  /** All of them together; absent where the model could not be put together. */
  readonly parameters?: number;
  /** Why the model would not run, as far as that shows without shapes; empty if nothing is in the way. */
  readonly problems: readonly string[];
}

/**
 * Says what is in a model and what of it would not run.
 *
 * @throws as the reader of its configuration
 */
export function describeModel(
  { spec, version, weights, kit = COMMON_KIT }: ModelSource,
  who: string,
): KerasDescription {
  const found = layersOf(spec, [], { version, kit }, who);
  const counted = new CountedWeights(weights);
  const problems = found
    .filter(({ runs }) => !runs)
    .map(({ name, type }) => `layer ${JSON.stringify(name)}: hiddenstate has no ${type}`);
  const graph = problems.length === 0 ? tryBuild({ spec, version, weights: counted, kit }, who, problems) : undefined;
  const known = problems.length === 0;
  return {
    name: spec.name,
    dialect: version.dialect,
    inputs: graph?.inputs ?? spec.inputs.map(({ layer }) => ({ name: layer })),
    outputs: graph?.outputs ?? spec.outputs.map(({ layer }) => ({ name: layer })),
    layers: known ? found.map((layer) => ({ ...layer, parameters: counted.of(layer.name) })) : found,
    ...(known ? { parameters: counted.total } : {}),
    problems,
  };
}

function tryBuild(source: ModelSource, who: string, problems: string[]) {
  try {
    return buildGraph(source, false, who).graph;
  } catch (error) {
    problems.push(reasonOf(error, who));
    return undefined;
  }
}

function layersOf(
  spec: ModelSpec,
  around: readonly string[],
  source: { readonly version: KerasVersion; readonly kit: Kit },
  who: string,
): KerasLayer[] {
  if (around.length > MAX_DEPTH) return [];
  const { version, kit } = source;
  return spec.nodes.flatMap((node) => {
    if (node.className === 'InputLayer') return [];
    const names = [...around, node.name];
    if (isModelClass(node.className)) return layersOf(readModel(node, version, who), names, source, who);
    if (node.isOperation) {
      const type = `keras.ops.${node.className}`;
      return { name: names.join('/'), type, options: {}, runs: kit.operations?.has(node.className) === true };
    }
    if (FUNCTIONS.includes(node.className)) {
      const written = new Fields(node.config ?? {}, who).string('function', '');
      return { name: names.join('/'), type: `tf.${written}`, options: {}, runs: true };
    }
    const inner = innerOf(node, who);
    const types = [node.className, ...inner.map(({ className }) => className)];
    return {
      name: names.join('/'),
      type: types.reduceRight((type, className) => `${className}(${type})`),
      options: optionsOf([node, ...inner], who),
      runs: types.every((type) => Object.hasOwn(kit.layers, type) || isModelClass(type)),
    };
  });
}

/** The layer that a wrapper wraps, and what that one wraps. */
function innerOf({ config }: LayerSpec, who: string, depth = 0): LayerSpec[] {
  const wrapped = (config as { layer?: unknown } | undefined)?.layer;
  if (wrapped === undefined || wrapped === null || depth > MAX_DEPTH) return [];
  const layer = readLayer(wrapped, who);
  return [layer, ...innerOf(layer, who, depth + 1)];
}

const SHOWN = [
  ...['units', 'filters', 'kernel_size', 'strides', 'dilation_rate', 'padding', 'input_dim', 'output_dim'],
  ...['activation', 'recurrent_activation', 'reset_after', 'return_sequences', 'return_state', 'go_backwards'],
  ...['stateful', 'mask_zero', 'mask_value', 'merge_mode', 'axis', 'epsilon', 'pool_size', 'n', 'target_shape'],
];

function optionsOf(layers: readonly LayerSpec[], who: string): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const { config } of layers) {
    const fields = new Fields(config ?? {}, who);
    for (const name of SHOWN) if (fields.has(name)) options[name] = fields.get(name);
  }
  return options;
}

/** Weights that note how many numbers each layer took. */
class CountedWeights implements WeightSource {
  total = 0;
  private readonly counts = new Map<string, number>();

  constructor(private readonly inner: WeightSource) {}

  layer(place: LayerPlace): LayerVariables {
    return this.counting(this.inner.layer(place), place.names.join('/'));
  }

  finish(place: LayerPlace): void {
    this.inner.finish(place);
  }

  of(layer: string): number {
    return this.counts.get(layer) ?? 0;
  }

  private counting(inner: LayerVariables, layer: string): LayerVariables {
    return {
      take: (names) => {
        const taken = inner.take(names);
        const size = taken.reduce((sum, { data }) => sum + data.length, 0);
        this.counts.set(layer, this.of(layer) + size);
        this.total += size;
        return taken;
      },
      part: (name) => this.counting(inner.part(name), layer),
      leave: () => inner.leave(),
    };
  }
}
