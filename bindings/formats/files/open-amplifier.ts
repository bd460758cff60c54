import { ready } from '../../index.js';
import { loadAmplifier } from '../amplifier/index.js';
import type { OpenedModel, Source } from './opened-model.js';
import { SequentialModel } from './sequential-model.js';

/** The network of an amplifier, with the state that it was trained to begin with. */
export async function openAmplifier(source: Source): Promise<OpenedModel> {
  const { engine = await ready() } = source.options;
  const { format, model, state, skip } = loadAmplifier(source.bytes, { engine });
  return new SequentialModel(format, model, { state, skip });
}
