import { ready } from '../../index.js';
import { readTorch } from '../torch/index.js';
import { layersOfDict } from './layers-of-dict.js';
import type { OpenedModel, Source } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** The layers of a checkpoint of PyTorch. */
export async function openTorch(source: Source): Promise<OpenedModel> {
  const { layers, engine = await ready(), maxBytes } = source.options;
  const { tensors } = readTorch(source.bytes, maxBytes === undefined ? {} : { maxBytes });
  return new SequentialModel(source.format, layersOfDict(tensors, layers, engine, 'openModel'));
}
