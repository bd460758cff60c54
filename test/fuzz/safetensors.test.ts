import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createEngine, Embedding, GRU, Linear, LSTM, loadModel, Sequential, Tanh } from '../../bindings/index.js';
import { readSafetensors } from '../../bindings/weights/safetensors.js';
import { COUNT, type Reader, TIMEOUT, tryReader } from './trial.js';

const engine = createEngine();
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../weights/fixtures/${name}`, import.meta.url)));

function saved(modules: ConstructorParameters<typeof Sequential>[0]): Uint8Array {
  const model = new Sequential(modules, { metadata: { title: 'a seed' } });
  const bytes = model.save();
  model.dispose();
  return bytes;
}

const READERS: readonly Reader[] = [
  {
    name: 'readSafetensors',
    who: /^readSafetensors: /,
    seeds: ['f32', 'f32-metadata', 'dtypes', 'mixed', 'misaligned'].map((name) => fixture(`${name}.safetensors`)),
    read: (file) => void readSafetensors(file),
  },
  {
    name: 'loadModel',
    who: /^(loadModel|readSafetensors|Sequential|Embedding|Linear|LSTM|GRU|RNN)\b.*: /,
    seeds: [
      saved([new GRU({ inputSize: 2, hiddenSize: 3, engine }), new Linear({ inFeatures: 3, outFeatures: 2, engine })]),
      saved([
        new Embedding({ numEmbeddings: 4, embeddingDim: 2, engine }),
        new LSTM({ inputSize: 2, hiddenSize: 2, numLayers: 2, engine }),
        new Tanh({ engine }),
      ]),
    ],
    read(file) {
      const model = loadModel(file, { engine });
      try {
        const stream = model.stream();
        stream.step(new Float32Array(stream.inputSize));
        stream.dispose();
      } finally {
        model.dispose();
      }
    },
  },
];

test.each(READERS)(`$name bears ${COUNT} damaged files`, { timeout: TIMEOUT }, async (reader) => {
  const { read, refused, slowest } = await tryReader(reader, engine);
  console.log(`${reader.name}: ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
  expect(read + refused).toBeGreaterThanOrEqual(COUNT);
});
