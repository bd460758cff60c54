import { ready } from '../../index.js';
import { loadAmplifier } from '../amplifier/index.js';
import type { Model, Source } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** The network of an amplifier, with the state that it was trained to begin with. */
export async function openAmplifier(source: Source): Promise<Model> {
  const { engine = await ready() } = source.options;
  const { model, state, skip } = loadAmplifier(source.bytes, { engine });
  return new SequentialModel(model, { state, skip });
}
