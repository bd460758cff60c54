import { HiddenstateError, rangeError } from '../../errors.js';
import type { Graph } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import { bindCall } from './bind-call.js';
import { inOrder, keyOf, type OrderedCall } from './call-order.js';
import { Fields } from './config/fields.js';
import {
  type KerasVersion,
  type LayerSpec,
  type ModelSpec,
  mapTensors,
  type NodeSpec,
  type TensorRef,
  tensorsRead,
} from './config/model-spec.js';
import { isModelClass, readLayer, readModel } from './config/read-model.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import { asDeclared, declareInput, inputOf, usualRank } from './inputs.js';
import { type Callable, COMMON_KIT, isCalculation, type Kit } from './kit.js';
import type { BuiltLayer, LayerCall } from './layers/layer.js';
import { type CarriedState, InnerPool, type LayerPool, StatePool } from './state-pool.js';
import { snakeCase } from './weights/snake-case.js';
import type { LayerPlace, LayerVariables, WeightSource } from './weights/weight-source.js';

/** Models in models, and wrappers in wrappers, at most so deep: deeper ones are a file that wants to exhaust the stack. */
export const MAX_DEPTH = 32;

/** Calls of layers, and the tensors they read: a model that calls a model twice, and so on inwards, has no end of them. */
const MAX_CALLS = 100_000;

/** A model file, read: what it computes and with which weights. */
export interface ModelSource {
  readonly spec: ModelSpec;
  readonly version: KerasVersion;
  readonly weights: WeightSource;
  /** The layers and operations that it may be made of; the common ones unless given. */
  readonly kit?: Kit;
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
export function buildGraph(
  { spec, version, weights, kit = COMMON_KIT }: ModelSource,
  stepwise: boolean,
  who: string,
): BuiltGraph {
  const builder = new GraphBuilder();
  const pool = new StatePool(builder, stepwise);
  const importer = new ModelImporter({ builder, pool, version, weights, kit, who });
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
  readonly version: KerasVersion;
  readonly weights: WeightSource;
  readonly kit: Kit;
  readonly who: string;
}

/** A model whose layers are there. */
type BuiltModel = (call: Pick<LayerCall, 'inputs'>) => Value[];

/** Imports a model, and the models that are layers of it. */
class ModelImporter {
  private calls = 0;

  constructor(private readonly shared: Shared) {}

  importOutermost(spec: ModelSpec): Value[] {
    const { who, builder, pool } = this.shared;
    const nodes = new Map(spec.nodes.map((node) => [node.name, node]));
    const readers = new Map(
      // Backwards, for the first reader of an input counts.
      [...spec.nodes]
        .reverse()
        .flatMap((node) => node.calls.map((call) => [tensorsRead(call)[0]?.layer, node] as const)),
    );
    const inputs = spec.inputs.map(({ layer }) =>
      declareInput({ builder, pool, who }, inputOf(nodes, layer, who), usualRank(readers.get(layer)?.className)),
    );
    return this.build(spec, [], 'layers', 0, pool)({ inputs });
  }

  /**
   * Makes the layers of a model.
   *
   * @param around names of the models around it
   * @param path where its layers are in a `.keras` file
   */
  private build(spec: ModelSpec, around: readonly string[], path: string, depth: number, pool: LayerPool): BuiltModel {
    const { who } = this.shared;
    if (depth > MAX_DEPTH)
      throw rangeError(`${who}: got models in models ${depth} deep, expected at most ${MAX_DEPTH}`);
    const counts = new Map<string, number>();
    const layers = new Map<string, Callable>();
    const nodes = new Map<string, NodeSpec>();
    for (const node of spec.nodes) {
      if (nodes.has(node.name))
        throw new HiddenstateError('FILE', `${who}: got two layers ${describeValue(node.name)}, expected other names`);
      nodes.set(node.name, node);
      if (isCalculation(node)) {
        layers.set(node.name, this.buildOperation(node, around, pool));
        continue;
      }
      const name = snakeCase(node.className);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      if (node.className === 'InputLayer') continue;
      const place = { names: [...around, node.name], path: `${path}/${count === 0 ? name : `${name}_${count}`}` };
      layers.set(node.name, this.buildNode(node, place, depth, pool));
    }
    const calls = inOrder(spec, who);
    const size = calls.reduce((sum, call) => sum + 1 + tensorsRead(call).length, spec.outputs.length);
    const label = `${who}: model ${describeValue(spec.name)}`;
    return ({ inputs }) => {
      if (inputs.length !== spec.inputs.length) {
        throw rangeError(`${label}: got ${inputs.length} inputs, expected ${spec.inputs.length}`);
      }
      const cast =
        depth === 0
          ? inputs
          : inputs.map((input, i) => asDeclared(this.shared, nodes.get(spec.inputs[i].layer), input));
      return this.call(spec, calls, layers, size, cast);
    };
  }

  /** An operation of Keras 3, or a function of TensorFlow that Keras 2 made a layer of. */
  private buildOperation(node: NodeSpec, around: readonly string[], pool: LayerPool): Callable {
    const { builder, who, kit } = this.shared;
    if (kit.operation) return kit.operation(node, { builder, pool, who, name: [...around, node.name].join('/') });
    throw new HiddenstateError('FILE', `${who}: got operation ${describeValue(node.className)}, expected layers alone`);
  }

  private buildNode(node: NodeSpec, place: LayerPlace, depth: number, pool: LayerPool): Callable {
    const { weights, who, version, builder } = this.shared;
    const label = `${who}: layer ${describeValue(place.names.join('/'))} (${describeValue(node.className)})`;
    const called = { className: node.className, who: label, version, builder, pool, name: place.names.join('/') };
    if (isModelClass(node.className)) {
      const spec = readModel(node, version, `${who}: model ${describeValue(node.name)}`);
      const model = this.build(spec, place.names, `${place.path}/layers`, depth + 1, pool);
      return (call) => model(heeded(bindCall(called, call)));
    }
    const variables = weights.layer(place);
    const layer = this.buildLayer(node, place, variables, depth, pool);
    weights.finish(place);
    return (call) => layer(bindCall(called, call));
  }

  private buildLayer(
    spec: LayerSpec,
    place: LayerPlace,
    variables: LayerVariables,
    depth: number,
    pool: LayerPool,
  ): BuiltLayer {
    const { builder, version, kit } = this.shared;
    const name = place.names.join('/');
    const who = `${this.shared.who}: layer ${describeValue(name)} (${describeValue(spec.className)})`;
    if (depth > MAX_DEPTH)
      throw rangeError(`${who}: got layers in layers ${depth} deep, expected at most ${MAX_DEPTH}`);
    if (!Object.hasOwn(kit.layers, spec.className))
      throw new HiddenstateError('FILE', `${who}: got ${unsupported(spec.className)}`);
    return kit.layers[spec.className]({
      builder,
      version,
      pool,
      name,
      who,
      variables,
      fields: new Fields(spec.config, who),
      wrapped: (config, own) => {
        const inner = readLayer(config, `${who}: layer`);
        const inside = { names: [...place.names, inner.name], path: `${place.path}/layer` };
        const { className } = inner;
        const apart = new InnerPool(who);
        if (!isModelClass(className)) return { className, call: this.buildLayer(inner, inside, own, depth + 1, apart) };
        own.leave();
        const model = readModel(inner, version, `${who}: model`);
        const call = this.build(model, inside.names, `${inside.path}/layers`, depth + 1, apart);
        return { className, call: (given) => call(heeded(given)) };
      },
    });
  }

  /** @param size of the calls, with the tensors that they read */
  private call(
    spec: ModelSpec,
    calls: readonly OrderedCall[],
    layers: ReadonlyMap<string, Callable>,
    size: number,
    inputs: readonly Value[],
  ): Value[] {
    const { who } = this.shared;
    this.calls += size;
    if (this.calls > MAX_CALLS) {
      throw rangeError(
        `${who}: model ${describeValue(spec.name)}: got more than ${MAX_CALLS} calls of layers, those in models called ` +
          'again included, expected fewer',
      );
    }
    const done = new Map<string, readonly Value[]>();
    spec.inputs.forEach((ref, i) => {
      done.set(keyOf(ref), [inputs[i]]);
    });
    const tensor = (ref: TensorRef) => resolve(done, ref, who);
    for (const { key, layer, args, keywords } of calls) {
      const run = layers.get(layer) as Callable;
      const named = [...keywords].map(([name, argument]) => [name, mapTensors(argument, tensor)] as const);
      done.set(key, run({ args: args.map((argument) => mapTensors(argument, tensor)), keywords: new Map(named) }));
    }
    return spec.outputs.map(tensor);
  }
}

/** Inputs of a model, the masks that it heeds being theirs. */
function heeded({ inputs, masks }: LayerCall): Pick<LayerCall, 'inputs'> {
  return { inputs: inputs.map((input, i) => ({ ...input, mask: masks[i] ?? input.mask })) };
}

function resolve(done: ReadonlyMap<string, readonly Value[]>, ref: TensorRef, who: string): Value {
  const value = done.get(keyOf(ref))?.[ref.tensor];
  if (value) return value;
  throw new HiddenstateError(
    'FILE',
    `${who}: got output ${ref.tensor} of layer ${describeValue(ref.layer)}, expected one that there is`,
  );
}

function unsupported(className: string): string {
  if (className === 'Lambda') {
    return (
      'a Lambda layer, which is Python code, expected layers that are data: write its function with keras.ops, or with ' +
      'layers, and save the model again'
    );
  }
  return (
    'a layer that hiddenstate does not have, expected one of those that docs/keras.md lists: a layer of your own is Python ' +
    'code, and a model exported to ONNX may run with hiddenstate/onnx'
  );
}
