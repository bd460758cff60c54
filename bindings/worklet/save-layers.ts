import { layersOfDict } from '../formats/files/layers-of-dict.js';
import { createEngine } from '../index.js';
import type { StateDict } from '../tensor.js';

/**
 * Makes layers of weights, and the file of `Sequential.save` of them.
 *
 * @param layers what the names of their tensors begin with, in order
 * @throws {HiddenstateError} if none are named, or one is not there: the message lists those that are
 */
export function saveLayers(tensors: StateDict, layers: readonly string[] | undefined, who: string): Uint8Array {
  const model = layersOfDict(tensors, layers, createEngine(), who);
  try {
    return model.save();
  } finally {
    model.dispose();
  }
}
