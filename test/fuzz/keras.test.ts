import { strToU8, unzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { describeModel } from '../../bindings/formats/keras/describe-model.js';
import { KerasModel } from '../../bindings/formats/keras/keras-model.js';
import { readSource } from '../../bindings/formats/keras/read-source.js';
import { createEngine } from '../../bindings/index.js';
import { bytesOf, caseNamed, tfjsFiles } from '../keras/cases.js';
import { COUNT, type Reader, TIMEOUT, tryReader } from './trial.js';

const engine = createEngine();
/** `loadKeras: …`, `Keras model.run: …`, and what an operator says of a layer's shapes: `MatMul "dense": …`. */
const WHO = /^(loadKeras|Keras model[.\w]*|\w+ ".*"): /s;

const DESCRIBE = /^describeKeras: /;

/** `describeKeras` without its promise. */
function describe(source: unknown): void {
  describeModel(readSource(source, 'describeKeras'), 'describeKeras');
}

/** Loads a model and runs it once, each free dimension 2. */
function loadAndRun(source: unknown): void {
  const model = new KerasModel(engine, readSource(source, 'loadKeras'));
  try {
    const feeds = model.inputs.map(({ name, dims = [null, null, 3] }) => {
      const sizes = dims.map((dim) => (typeof dim === 'number' ? Math.min(dim, 64) : 2));
      return [name, { data: new Float32Array(sizes.reduce((a, b) => a * b, 1)), dims: sizes }];
    });
    model.run(Object.fromEntries(feeds));
  } finally {
    model.dispose();
  }
}

const SEEDS = [
  'LSTM, Keras 3',
  'stacked-cells, Keras 3',
  'shared-layer, Keras 3',
  'called-with-dicts, Keras 3',
  'nested-sequential, Keras 3',
].map(caseNamed);
const OLDER = [
  'LSTM, Keras 2',
  'SimpleRNN-masked, Keras 2',
  'encoder-decoder, Keras 2',
  'nested-models, Keras 2',
  'called-with-dicts, Keras 2',
].map(caseNamed);
const QUANTISED = caseNamed('uint8 weights in shards');
const archives = SEEDS.map(({ files }) => bytesOf(files.keras));
const [config] = archives.map((archive) => unzipSync(archive)['config.json']);
const json = (value: unknown) => strToU8(JSON.stringify(value));

const READERS: readonly Reader[] = [
  { name: 'loadKeras of .keras', who: WHO, seeds: archives, read: loadAndRun },
  {
    name: 'loadKeras of weights in .keras',
    who: WHO,
    seeds: archives.slice(0, 1).map((archive) => unzipSync(archive)['model.weights.h5']),
    read: (file) => loadAndRun(zipSync({ 'config.json': config, 'model.weights.h5': file }, { level: 0 })),
  },
  {
    name: 'loadKeras of .h5',
    who: WHO,
    seeds: [...SEEDS, ...OLDER].map(({ files }) => bytesOf(files.h5)),
    read: loadAndRun,
  },
  {
    name: 'loadKeras of model.json',
    who: WHO,
    seeds: OLDER.map(({ model }) => json(model)),
    read(file) {
      const shards = OLDER.map((kerasCase) => tfjsFiles(kerasCase).shards);
      // Which model it was is not to be seen any more; the names of all shards are the same.
      const whole = shards.reduce((longest, own) => (sizeOf(own) > sizeOf(longest) ? own : longest));
      loadAndRun({ model: file, shards: whole });
    },
  },
  {
    name: 'loadKeras of a topology with its weights',
    who: WHO,
    seeds: [json(OLDER[2].model)],
    read: (file) => loadAndRun({ model: file, shards: tfjsFiles(OLDER[2]).shards }),
  },
  {
    name: 'loadKeras of shards',
    who: WHO,
    seeds: Object.values(tfjsFiles(QUANTISED).shards),
    read(file) {
      // In the place of each of them: a shard of another's length is refused, a damaged one read.
      const { model, shards } = tfjsFiles(QUANTISED);
      const [path] = Object.entries(shards).find(([, shard]) => shard.length === file.length) ?? Object.keys(shards);
      loadAndRun({ model, shards: { ...shards, [path]: file } });
    },
  },
  {
    name: 'describeKeras of .keras and .h5',
    who: DESCRIBE,
    seeds: [...archives, ...[...SEEDS, ...OLDER].map(({ files }) => bytesOf(files.h5))],
    read: describe,
  },
  {
    name: 'describeKeras of model.json',
    who: DESCRIBE,
    seeds: [json(OLDER[2].model)],
    read: (file) => describe({ model: file, shards: tfjsFiles(OLDER[2]).shards }),
  },
];

function sizeOf(shards: Record<string, Uint8Array>): number {
  return Object.values(shards).reduce((sum, shard) => sum + shard.length, 0);
}

test.each(READERS)(`$name bears ${COUNT} damaged files`, { timeout: TIMEOUT }, async (reader) => {
  for (const seed of reader.seeds.slice(0, reader.name === 'loadKeras of model.json' ? 0 : undefined))
    reader.read(seed);
  const { read, refused, slowest } = await tryReader(reader, engine);
  console.log(`${reader.name}: ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
  expect(read + refused).toBeGreaterThanOrEqual(COUNT);
});
