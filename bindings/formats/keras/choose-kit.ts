import type { ModelSource } from './build-graph.js';
import type { KerasVersion, LayerSpec, ModelSpec } from './config/model-spec.js';
import { isModelClass, readLayer, readModel } from './config/read-model.js';
import { COMMON_KIT, isCalculation, type Kit } from './kit.js';

/** What models need beside the common layers: nothing, the rarer layers and operations, or rarer operators of graphs as well. */
const [COMMON, RARE, RAREST] = [0, 1, 2] as const;

/** Layers that are made of operators which few graphs have: a Scan, Resize, pools, Einsum, LayerNormalization. */
const OF_RARE_OPERATORS =
  /^(ConvLSTM[123]D|UpSampling2D|(Max|Average|Avg)Pool(ing)?[12]D|EinsumDense|LayerNormalization)$/;

/** Models in models that are looked into; what lies deeper is taken for rare. */
const DEEPEST = 8;

/** What a model is made of: rarer layers, and all operations, are loaded for the models that have them. */
export async function kitFor({ spec, version }: Omit<ModelSource, 'kit'>, who: string): Promise<Kit> {
  const need = needOf(spec, version, who, 0);
  if (need === COMMON) return COMMON_KIT;
  const { RARE_KIT } = await import('./rare.js');
  if (need === RARE) return RARE_KIT;
  const { allOperators, REPETITIONS } = await import('../../graph/all-operators.js');
  return { ...RARE_KIT, operators: allOperators()[''], repetitions: REPETITIONS };
}

function needOf({ nodes }: ModelSpec, version: KerasVersion, who: string, depth: number): number {
  return nodes.reduce((most, node) => Math.max(most, needOfLayer(node, version, who, depth)), COMMON as number);
}

function needOfLayer(layer: LayerSpec, version: KerasVersion, who: string, depth: number): number {
  const { className, config } = layer;
  if (className === 'InputLayer') return COMMON;
  if (OF_RARE_OPERATORS.test(className)) return RAREST;
  if (isCalculation(layer)) return RAREST;
  if (depth > DEEPEST) return RAREST;
  try {
    if (isModelClass(className)) return needOf(readModel(layer, version, who), version, who, depth + 1);
    const wrapped = (config as { layer?: unknown } | undefined)?.layer;
    const inner = wrapped ? needOfLayer(readLayer(wrapped, who), version, who, depth + 1) : COMMON;
    return Math.max(inner, Object.hasOwn(COMMON_KIT.layers, className) ? COMMON : RARE);
  } catch {
    // What is wrong with it, building the model says.
    return RARE;
  }
}
