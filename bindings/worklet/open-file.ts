import { HiddenstateError } from '../errors.js';
import { loadAmplifier } from '../formats/amplifier/index.js';
import { loadModel } from '../index.js';
import type { Streaming } from '../streaming.js';
import type { ModelBytes } from './messages.js';
import { scopeEngine } from './scope-engine.js';

/** A model that was opened by its bytes. */
export interface OpenedFile {
  stream(options: Readonly<Record<string, unknown>>): Streaming<unknown>;
  dispose(): void;
}

/** Opens the files that a processor reads. */
export type OpenFile = (file: ModelBytes) => OpenedFile;

/** Opens layers: what `Sequential.save` wrote, or an amplifier. */
export function openLayers({ bytes, format }: ModelBytes): OpenedFile {
  const file = new Uint8Array(bytes);
  const engine = scopeEngine();
  if (format === 'safetensors') return loadModel(file, { engine });
  if (format === 'nam' || format === 'guitarml' || format === 'rtneural') {
    const { model, state } = loadAmplifier(file, { engine });
    return {
      stream: (options) => model.stream({ state, ...options }),
      dispose: () => model.dispose(),
    };
  }
  throw new HiddenstateError('FILE', `createNode: model: got a file of format ${format}, expected layers or ONNX`);
}
