import { HiddenstateError } from '../../errors.js';
import type { Model, Source } from './opened-model.js';

/** Graphs of ONNX, whose weights may lie in files beside the model. */
export async function openOnnx({ bytes, place, options }: Source): Promise<Model> {
  const { loadOnnx } = await import('../onnx/index.js');
  const { layers: _, ...rest } = options;
  return (await loadOnnx(bytes, { ...rest, ...(place && { place }) })) as unknown as Model;
}

/** Models of Keras. The shards of a TensorFlow.js model lie beside it: they are found from where it is. */
export async function openKeras({ format, bytes, place, options }: Source): Promise<Model> {
  const { loadKeras } = await import('../keras/index.js');
  const { layers: _, ...rest } = options;
  if (format === 'tfjs-layers' && place === undefined) {
    throw new HiddenstateError(
      'FILE',
      'openModel: got the bytes of a model.json, whose weights are in other files, expected its URL or path, or the option place; ' +
        'or give loadKeras of hiddenstate/keras { model, shards }',
    );
  }
  return (await loadKeras(format === 'tfjs-layers' && place !== undefined ? place : bytes, rest)) as unknown as Model;
}
