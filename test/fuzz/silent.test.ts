/** The library writes nothing to the host's console, whatever a file holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readWav } from '../../bindings/cli/vad/wav.js';
import { loadAmplifier } from '../../bindings/formats/amplifier/index.js';
import { describeKeras, loadKeras } from '../../bindings/formats/keras/index.js';
import { describeOnnx, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { readTorch } from '../../bindings/formats/torch/index.js';
import { GRU, Linear, loadModel, readSafetensors, Sequential } from '../../bindings/index.js';
import { bytesOf, caseNamed } from '../keras/cases.js';
import { readArchive } from '../onnx/archive.js';
import { ROOT } from '../structure/import-graph.js';
import { torchCases } from '../torch/cases.js';
import { mutate } from './mutate.js';
import { written } from './silent.js';
import { SPEECH, wavFile } from './wav-file.js';

const COUNT = 60;
const fixtures = (folder: string) =>
  readdirSync(join(ROOT, folder)).map((name) => new Uint8Array(readFileSync(join(ROOT, folder, name))));

const saved = new Sequential([
  new GRU({ inputSize: 2, hiddenSize: 3, seed: 1 }),
  new Linear({ inFeatures: 3, outFeatures: 1, seed: 1 }),
]).save();
const amplifier = JSON.parse(readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'))[0].file;
const keras = ['LSTM, Keras 3', 'nested-sequential, Keras 3'].map((name) => bytesOf(caseNamed(name).files.keras));
const h5 = ['LSTM, Keras 2', 'nested-models, Keras 2'].map((name) => bytesOf(caseNamed(name).files.h5));

const READERS: readonly [name: string, seeds: readonly Uint8Array[], read: (file: Uint8Array) => unknown][] = [
  ['readSafetensors', [saved], (file) => readSafetensors(file)],
  ['loadModel', [saved], (file) => loadModel(file).dispose()],
  [
    'loadKeras',
    [...keras, ...h5, ...fixtures('test/keras/hostile')],
    async (file) => (await loadKeras(file)).dispose(),
  ],
  ['describeKeras', [...keras, ...h5, ...fixtures('test/keras/hostile')], (file) => describeKeras(file)],
  [
    'loadOnnx',
    [
      ...readArchive('torch')
        .slice(0, 4)
        .map(({ model }) => model),
      ...fixtures('test/onnx/hostile-files'),
    ],
    async (file) => (await loadOnnx(file)).dispose(),
  ],
  [
    'describeOnnx',
    readArchive('torch')
      .slice(0, 4)
      .map(({ model }) => model),
    (file) => describeOnnx(file),
  ],
  [
    'readTorch',
    torchCases().flatMap(({ cases }) => cases.slice(0, 4).map(({ file }) => file)),
    (file) => readTorch(file),
  ],
  [
    'loadAmplifier',
    [new TextEncoder().encode(JSON.stringify(amplifier))],
    (file) => loadAmplifier(file).model.dispose(),
  ],
  ['readWav', [wavFile(SPEECH)], (file) => readWav(file)],
];

test.each(READERS)('%s says nothing of damaged files', { timeout: 120_000 }, async (_, seeds, read) => {
  const said = await written(async () => {
    for (const seed of seeds) await attempt(() => read(seed));
    for (let seed = 1; seed <= COUNT; seed++) await attempt(() => read(mutate(seeds, seed)));
  });
  expect(said).toEqual([]);
});

async function attempt(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // Refused.
  }
}

it('is heard where something does speak', async () => {
  const speak = () => {
    console.warn('a');
    console.table([1]);
    process.stderr.write('b');
    throw new Error('c');
  };
  expect(await written(speak)).toEqual(['console.warn: a', 'console.table: 1', 'stderr: b']);
});

describe('no program but the command line', () => {
  const programs = readdirSync(join(ROOT, 'dist')).filter(
    (name) => name.endsWith('.js') && !/^(cli|measure)/.test(name),
  );

  test.each(programs)('holds a call of the console: %s', (name) => {
    const code = readFileSync(join(ROOT, 'dist', name), 'utf8');
    expect(code.match(/\bconsole\s*\.\s*\w+\s*\(|process\.std(out|err)/g) ?? []).toEqual([]);
  });
});
