import { ready } from '../../index.js';
import { readTorch } from '../torch/index.js';
import type { FileFormat } from './formats.js';
import { layersOfDict } from './layers-of-dict.js';
import type { OpenModelOptions } from './open-model.js';
import type { OpenedModel } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** The layers of a checkpoint of PyTorch. */
export async function openTorch(source: {
  readonly format: FileFormat;
  readonly bytes: Uint8Array;
  readonly options: OpenModelOptions;
}): Promise<OpenedModel> {
  const { layers, engine = await ready(), maxBytes } = source.options;
  const { tensors } = readTorch(source.bytes, maxBytes === undefined ? {} : { maxBytes });
  return new SequentialModel(source.format, layersOfDict(tensors, layers, engine, 'openModel'));
}
