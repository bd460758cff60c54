import { ready } from '../../index.js';
import { readHdf5, readNumpy } from '../arrays/index.js';
import { layersOfDict } from './layers-of-dict.js';
import type { OpenedModel, Source } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** The layers of a file of arrays, where these have PyTorch's names. */
export async function openArrays(source: Source): Promise<OpenedModel> {
  const { format, bytes, options } = source;
  const { layers, engine = await ready() } = options;
  const tensors = format === 'hdf5' ? readHdf5(bytes) : readNumpy(bytes);
  return new SequentialModel(format, layersOfDict(tensors, layers, engine, 'openModel'));
}
