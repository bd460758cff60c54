import { loadModel, readSafetensors, ready } from '../../index.js';
import type { FileFormat } from './formats.js';
import { layersOfDict } from './layers-of-dict.js';
import type { OpenedModel, Source } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** A file of `Sequential.save` says how its layers follow each other; any other is a dict of weights. */
export async function openSafetensors(source: Source): Promise<OpenedModel> {
  const { layers, engine = await ready() } = source.options;
  const format: FileFormat = 'safetensors';
  const { metadata } = readSafetensors(source.bytes, { int8: true });
  if (layers === undefined && Object.hasOwn(metadata, 'hiddenstate')) {
    return new SequentialModel(format, loadModel(source.bytes, { engine }));
  }
  const { tensors } = readSafetensors(source.bytes);
  return new SequentialModel(format, layersOfDict(tensors, layers, engine, 'openModel'));
}
