import type { KerasVersion } from './model-spec.js';

/** In which order tensors in a dict are what a layer is given: that of these names, or of the dict's own keys, sorted. */
export interface DictOrder {
  readonly inputs?: readonly string[];
  readonly masks?: readonly string[];
  /** How many inputs there are: what else is in a dict without names is left out. */
  readonly most?: number;
}

/** From the first of these versions of Keras 3 to the second, dicts are in the order of their keys, whatever inputs are called. */
const [NAMES_FORGOTTEN, NAMES_BACK] = [3004, 3007];

/**
 * How a layer's Keras puts dicts in order: those that a functional model is called with, by the names of the model's inputs.
 *
 * Source: `_flatten_to_reference_inputs` of tf_keras/src/engine/functional.py and Keras 3.0's keras/src/models/functional.py,
 * `_standardize_inputs` from Keras 3.4 on.
 *
 * @param config of the layer; a wrapper hands dicts on to the layer in it
 */
export function dictOrder(config: unknown, version: KerasVersion): DictOrder {
  const { layer, input_layers: asked } = (config ?? {}) as { layer?: { config?: unknown }; input_layers?: unknown };
  if (layer) return dictOrder(layer.config, version);
  const names = namesOf(asked);
  if (version.number < NAMES_FORGOTTEN) return { inputs: names, masks: names };
  return version.number >= NAMES_BACK && Array.isArray(asked) ? { inputs: names } : { most: names?.length };
}

/** What a dict calls the inputs: their names, or the keys of a model that was made with a dict. None if inputs are nested deeper. */
function namesOf(asked: unknown): readonly string[] | undefined {
  if (isRef(asked)) return [asked[0]];
  if (typeof asked !== 'object' || asked === null || !Object.values(asked).every(isRef)) return undefined;
  return Array.isArray(asked) ? asked.map(([name]) => name) : Object.keys(asked).sort();
}

/** A reference to an output of a layer: its name and two indices. */
export function isRef(value: unknown): value is readonly [string, number, ...unknown[]] {
  return Array.isArray(value) && typeof value[0] === 'string' && value.length >= 3 && Number.isInteger(value[1]);
}
