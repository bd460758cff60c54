import { loadModel, readSafetensors, ready } from '../../index.js';
import type { StateDict } from '../../tensor.js';
import { layersOfDict } from './layers-of-dict.js';
import type { Model, OpenModelOptions, Source } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** The layers of a file of weights, where these have PyTorch's names. */
export async function openLayers(tensors: StateDict, options: OpenModelOptions): Promise<Model> {
  const { layers, engine = await ready() } = options;
  return new SequentialModel(layersOfDict(tensors, layers, engine, 'openModel'));
}

/** A file of `Sequential.save` says how its layers follow each other; any other is a dict of weights. */
export async function openSafetensors({ bytes, options }: Source): Promise<Model> {
  const { layers, engine = await ready() } = options;
  const { metadata } = readSafetensors(bytes, { int8: true });
  if (layers === undefined && Object.hasOwn(metadata, 'hiddenstate')) {
    return new SequentialModel(loadModel(bytes, { engine }));
  }
  return openLayers(readSafetensors(bytes).tensors, options);
}
