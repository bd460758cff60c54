import type { LayerSpec, ModelSpec } from './config/model-spec.js';
import { isModelClass, readLayer, readModel } from './config/read-model.js';
import { COMMON_KIT, isCalculation, type Kit } from './kit.js';

/** What a model is made of: the rarer layers and all operations are loaded for the models that have them. */
export async function kitFor(spec: ModelSpec, who: string): Promise<Kit> {
  return spec.nodes.every((node) => isCommon(node, who, 0)) ? COMMON_KIT : (await import('./rare.js')).RARE_KIT;
}

/** Models in models that are looked into; what lies deeper is none of the common. */
const DEEPEST = 8;

function isCommon(layer: LayerSpec, who: string, depth: number): boolean {
  const { className, config } = layer;
  if (className === 'InputLayer') return true;
  if (isCalculation(layer) || depth > DEEPEST) return false;
  try {
    if (isModelClass(className)) return readModel(layer, who).nodes.every((node) => isCommon(node, who, depth + 1));
    const wrapped = (config as { layer?: unknown } | undefined)?.layer;
    return (
      Object.hasOwn(COMMON_KIT.layers, className) && (!wrapped || isCommon(readLayer(wrapped, who), who, depth + 1))
    );
  } catch {
    // What is wrong with it, building the model says.
    return false;
  }
}
