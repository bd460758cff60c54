import { HiddenstateError, rangeError } from '../../errors.js';
import type { Graph } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import { inOrder, keyOf, type LayerCall } from './call-order.js';
import { Fields } from './config/fields.js';
import type { Dialect, LayerSpec, ModelSpec, NodeSpec, TensorRef } from './config/model-spec.js';
import { isModelClass, readLayer, readModel } from './config/read-model.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import { LAYERS } from './layers/index.js';
import type { BuiltLayer } from './layers/layer.js';
import { type CarriedState, StatePool } from './state-pool.js';
import { snakeCase } from './weights/snake-case.js';
import type { LayerPlace, LayerVariables, WeightSource } from './weights/weight-source.js';

/** Models in models, and wrappers in wrappers, at most so deep: deeper ones are a file that wants to exhaust the stack. */
export const MAX_DEPTH = 32;

/** Calls of layers, and the tensors they read: a model that calls a model twice, and so on inwards, has no end of them. */
const MAX_CALLS = 100_000;

/** A model file, read: what it computes and with which weights. */
export interface ModelSource {
  readonly spec: ModelSpec;
  readonly dialect: Dialect;
  readonly weights: WeightSource;
}

/** A graph and the states that its runs carry. */
export interface BuiltGraph {
  readonly graph: Graph;
  readonly states: readonly CarriedState[];
}

/**
 * Makes the graph of a model.
 *
 * @param stepwise one step a run, every recurrent layer carrying its state
 * @param who the beginning of error messages
 * @throws {Error | RangeError | TypeError} that names the layer that is not supported, misconfigured, or whose weights do not
 *   fit; the references that lead nowhere
 */
export function buildGraph({ spec, dialect, weights }: ModelSource, stepwise: boolean, who: string): BuiltGraph {
  const builder = new GraphBuilder();
  const pool = new StatePool(builder, stepwise);
  const importer = new ModelImporter({ builder, pool, dialect, weights, who });
  const outputs = importer.importOutermost(spec);
  spec.outputs.forEach(({ layer }, i) => {
    builder.output(layer, outputs[i]);
  });
  return { states: pool.finish(), graph: builder.build() };
}

/** What all layers of a graph share. */
interface Shared {
  readonly builder: GraphBuilder;
  readonly pool: StatePool;
  readonly dialect: Dialect;
  readonly weights: WeightSource;
  readonly who: string;
}

/** Imports a model, and the models that are layers of it. */
class ModelImporter {
  private calls = 0;

  constructor(private readonly shared: Shared) {}

  importOutermost(spec: ModelSpec): Value[] {
    const nodes = new Map(spec.nodes.map((node) => [node.name, node]));
    const readers = new Map(
      // Backwards, for the first reader of an input counts.
      [...spec.nodes]
        .reverse()
        .flatMap((node) => node.calls.map(({ inputs: [first] }) => [first?.layer, node] as const)),
    );
    const inputs = spec.inputs.map(({ layer }) =>
      this.declareInput(inputOf(nodes, layer, this.shared.who), readers.get(layer)),
    );
    return this.build(spec, [], 'layers', 0)({ inputs, states: [] });
  }

  /**
   * Makes the layers of a model.
   *
   * @param around names of the models around it
   * @param path where its layers are in a `.keras` file
   */
  private build(spec: ModelSpec, around: readonly string[], path: string, depth: number): BuiltLayer {
    const { who } = this.shared;
    if (depth > MAX_DEPTH)
      throw rangeError(`${who}: got models in models ${depth} deep, expected at most ${MAX_DEPTH}`);
    const counts = new Map<string, number>();
    const layers = new Map<string, BuiltLayer>();
    for (const node of spec.nodes) {
      const name = snakeCase(node.className);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      if (node.className === 'InputLayer') continue;
      if (layers.has(node.name))
        throw new HiddenstateError('FILE', `${who}: got two layers ${describeValue(node.name)}, expected other names`);
      const place = { names: [...around, node.name], path: `${path}/${count === 0 ? name : `${name}_${count}`}` };
      layers.set(node.name, this.buildNode(node, place, depth));
    }
    const calls = inOrder(spec, layers, who);
    const size = calls.reduce((sum, call) => sum + 1 + call.inputs.length + call.states.length, spec.outputs.length);
    return ({ inputs }) => this.call(spec, calls, size, inputs);
  }

  private buildNode(node: NodeSpec, place: LayerPlace, depth: number): BuiltLayer {
    const { weights, who } = this.shared;
    if (isModelClass(node.className)) {
      const label = `${who}: model ${describeValue(node.name)}`;
      return this.build(readModel(node, label), place.names, `${place.path}/layers`, depth + 1);
    }
    const variables = weights.layer(place);
    const layer = this.buildLayer(node, place, variables, depth);
    weights.finish(place);
    return layer;
  }

  private buildLayer(spec: LayerSpec, place: LayerPlace, variables: LayerVariables, depth: number): BuiltLayer {
    const { builder, dialect, pool } = this.shared;
    const name = place.names.join('/');
    const who = `${this.shared.who}: layer ${describeValue(name)} (${describeValue(spec.className)})`;
    if (depth > MAX_DEPTH)
      throw rangeError(`${who}: got layers in layers ${depth} deep, expected at most ${MAX_DEPTH}`);
    if (!Object.hasOwn(LAYERS, spec.className))
      throw new HiddenstateError('UNSUPPORTED', `${who}: got ${unsupported(spec.className)}`);
    return LAYERS[spec.className]({
      builder,
      dialect,
      pool,
      name,
      who,
      variables,
      fields: new Fields(spec.config, who),
      wrapped: (config, own) => {
        const inner = readLayer(config, `${who}: layer`);
        const inside = { names: [...place.names, inner.name], path: `${place.path}/layer` };
        if (!isModelClass(inner.className)) return this.buildLayer(inner, inside, own, depth + 1);
        own.leave();
        return this.build(readModel(inner, `${who}: model`), inside.names, `${inside.path}/layers`, depth + 1);
      },
    });
  }

  /** @param size of the calls, with the tensors that they read */
  private call(spec: ModelSpec, calls: readonly LayerCall[], size: number, inputs: readonly Value[]): Value[] {
    const { who } = this.shared;
    if (inputs.length !== spec.inputs.length) {
      throw rangeError(
        `${who}: model ${describeValue(spec.name)}: got ${inputs.length} inputs, expected ${spec.inputs.length}`,
      );
    }
    this.calls += size;
    if (this.calls > MAX_CALLS) {
      throw rangeError(
        `${who}: model ${describeValue(spec.name)}: got more than ${MAX_CALLS} calls of layers, those in models called ` +
          'again included, expected fewer',
      );
    }
    const done = new Map<string, Value[]>();
    spec.inputs.forEach((ref, i) => {
      done.set(keyOf(ref), [inputs[i]]);
    });
    for (const { key, layer, inputs: reads, states } of calls) {
      const values = (refs: readonly TensorRef[]) => refs.map((ref) => resolve(done, ref, who));
      done.set(key, layer({ inputs: values(reads), states: values(states) }));
    }
    return spec.outputs.map((ref) => resolve(done, ref, who));
  }

  private declareInput(node: NodeSpec, reader: NodeSpec | undefined): Value {
    const { who, builder, pool } = this.shared;
    const fields = new Fields(node.config ?? {}, `${who}: layer ${describeValue(node.name)}`);
    const declared = readShape(fields);
    // One step at a time, however many the file declares.
    const dims = pool.stepwise ? declared?.map((dim, d) => (d === 1 ? null : dim)) : declared;
    const dtype = isIntegral(fields.get('dtype')) ? 'int32' : 'float32';
    return builder.input(node.name, dtype, dims?.length ?? usualRank(reader), dims);
  }
}

function inputOf(nodes: ReadonlyMap<string, NodeSpec>, name: string, who: string): NodeSpec {
  const node = nodes.get(name);
  if (node?.className === 'InputLayer') return node;
  throw new HiddenstateError(
    'FILE',
    `${who}: input_layers: got ${describeValue(name)}, expected the name of an InputLayer`,
  );
}

function resolve(done: ReadonlyMap<string, readonly Value[]>, ref: TensorRef, who: string): Value {
  const value = done.get(keyOf(ref))?.[ref.tensor];
  if (value) return value;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got output ${ref.tensor} of layer ${describeValue(ref.layer)}, expected one that there is`,
  );
}

function unsupported(className: string): string {
  if (className === 'Lambda') return 'a Lambda layer, which is Python code, expected layers that are data';
  return 'a layer that hiddenstate does not have, expected one of those that docs/keras.md lists';
}

/** `batch_shape` (Keras 3), `batch_input_shape` (Keras 2) or `batchInputShape`, the batch first and free. */
function readShape(fields: Fields): (number | null)[] | undefined {
  const name = ['batch_shape', 'batch_input_shape', 'batchInputShape'].find((candidate) => fields.has(candidate));
  if (name === undefined) return undefined;
  return fields.list(name).map((dim) => {
    if (dim === null || dim === undefined) return null;
    if (Number.isInteger(dim) && (dim as number) > 0 && (dim as number) <= 0x7fffffff) return dim as number;
    throw rangeError(`${fields.who}: ${name}: got ${describeValue(dim)}, expected positive integers or null`);
  });
}

/** Whether a dtype, or the policy that stands for one, is of integers. */
function isIntegral(dtype: unknown): boolean {
  const name =
    typeof dtype === 'object' && dtype !== null ? (dtype as { config?: { name?: unknown } }).config?.name : dtype;
  return typeof name === 'string' && /^(u?int|bool)/.test(name);
}

/** The dimensions of an input that no file declares, by what reads it. */
function usualRank(reader: NodeSpec | undefined): number {
  return /^(Dense|Embedding|Activation|BatchNormalization)$/.test(reader?.className ?? '') ? 2 : 3;
}
