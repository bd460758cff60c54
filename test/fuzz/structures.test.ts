/** Records of zip, HDF5 and RIFF whose counts, sizes and addresses lie; trees of protobuf with other branches. */
import { unzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readWav } from '../../bindings/cli/vad/wav.js';
import { readArchive as readZip } from '../../bindings/formats/archive/archive.js';
import { Hdf5File } from '../../bindings/formats/keras/files/hdf5.js';
import { describeOnnx } from '../../bindings/formats/onnx/index.js';
import { readOnnx } from '../../bindings/formats/onnx/read-onnx.js';
import { allOperators, REPETITIONS } from '../../bindings/graph/all-operators.js';
import { GraphModel } from '../../bindings/graph/index.js';
import { createEngine } from '../../bindings/index.js';
import { bytesOf, caseNamed } from '../keras/cases.js';
import { readArchive } from '../onnx/archive.js';
import { mutateTree } from './protobuf-tree.js';
import { COUNT, type Reader, TIMEOUT, tryReader } from './trial.js';
import { drawWav, SPEECH, wavFile } from './wav-file.js';

const engine = createEngine();
const WHO = /^test: /;
const archive = bytesOf(caseNamed('LSTM, Keras 3').files.keras);
const parts = unzipSync(archive);
const NAMES = ['config.json', 'metadata.json', 'model.weights.h5'];

/** An archive whose sizes stand in the extra fields and the record for large archives. */
function zip64(): Uint8Array {
  const plain = zipSync(parts, { level: 0 });
  const end = plain.length - 22;
  const out = new Uint8Array(plain.length + 76);
  out.set(plain.subarray(0, end));
  const [from, to] = [new DataView(plain.buffer), new DataView(out.buffer)];
  to.setUint32(end, 0x06064b50, true);
  to.setBigUint64(end + 4, 44n, true);
  for (const at of [24, 32]) to.setBigUint64(end + at, BigInt(from.getUint16(end + 8, true)), true);
  to.setBigUint64(end + 40, BigInt(from.getUint32(end + 12, true)), true);
  to.setBigUint64(end + 48, BigInt(from.getUint32(end + 16, true)), true);
  to.setUint32(end + 56, 0x07064b50, true);
  to.setBigUint64(end + 64, BigInt(end), true);
  to.setUint32(end + 72, 1, true);
  out.set(plain.subarray(end), end + 76);
  for (const [at, value] of [
    [84, 0xffff],
    [86, 0xffff],
  ]) {
    to.setUint16(end + at, value, true);
  }
  for (const at of [88, 92]) to.setUint32(end + at, 0xffffffff, true);
  return out;
}

/** Reads all texts and arrays that a model would ask for. */
function readAll(bytes: Uint8Array): void {
  const file = new Hdf5File(bytes, 'test');
  file.text('', 'model_config');
  for (const layer of file.texts('model_weights', 'layer_names') ?? []) {
    for (const name of file.texts(`model_weights/${layer}`, 'weight_names') ?? []) {
      file.tensor(`model_weights/${layer}/${name}`);
    }
  }
}

const models = readArchive('torch')
  .filter(({ model }) => model.length < 20_000)
  .slice(0, 24)
  .map(({ model }) => model);

function loadModelOf(file: Uint8Array): void {
  const graph = readOnnx(file);
  new GraphModel({ engine, graph, registry: allOperators(), repetitions: REPETITIONS, reader: 'loadOnnx' }).dispose();
}

const READERS: readonly Reader[] = [
  {
    name: 'archives',
    who: WHO,
    seeds: [archive, zipSync(parts, { level: 9 }), zip64()],
    signatures: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'PK\x06\x07'],
    read: (file) => void readZip(file, NAMES, 'test'),
  },
  {
    name: 'HDF5 files',
    who: WHO,
    seeds: ['LSTM, Keras 2', 'nested-models, Keras 2'].map((name) => bytesOf(caseNamed(name).files.h5)),
    signatures: [
      '\x89HDF',
      'TREE',
      'SNOD',
      'HEAP',
      'GCOL',
      'model_config',
      'layer_names',
      'weight_names',
      '\x11\x00\x10\x00',
    ],
    read: readAll,
  },
  {
    name: 'WAV files',
    who: /^/,
    seeds: [wavFile(SPEECH)],
    damage: drawWav,
    read: async (file) => {
      const { samples } = await readWav(file);
      if (samples.length > file.length) throw new Error('more samples than bytes');
    },
  },
  {
    name: 'ONNX models',
    who: /^(loadOnnx|Onnx model[.\w]*): |^[\w.]+ ".*": /,
    seeds: models,
    damage: (seed) => mutateTree(models, seed),
    read: loadModelOf,
  },
  {
    name: 'descriptions of ONNX models',
    who: /^describeOnnx: /,
    seeds: models,
    damage: (seed) => mutateTree(models, seed),
    read: describeOnnx,
  },
];

test.each(READERS)(`$name bear ${COUNT} structures that lie`, { timeout: TIMEOUT }, async (reader) => {
  for (const seed of reader.seeds) await reader.read(seed);
  const { read, refused, slowest } = await tryReader(reader, engine);
  console.log(`${reader.name}: ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
  expect(read + refused).toBeGreaterThanOrEqual(COUNT);
});
