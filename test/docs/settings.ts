/** What the pages speak of and do not make: files, and names that a reader has from elsewhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { LSTM, Sequential, writeSafetensors } from '../../bindings/index.js';
import { bytesOf, caseNamed, tfjsFiles } from '../keras/cases.js';
import { infoProto, modelProto, nodeProto } from '../onnx/model-bytes.js';
import { ROOT } from '../structure/import-graph.js';
import { type TorchCase, torchCases } from '../torch/cases.js';

export interface Setting {
  /** Files beside the program, by name. */
  readonly files?: Readonly<Record<string, () => Uint8Array>>;
  /** Lines that come before the block. */
  readonly before?: string;
}

/** A model of one node: what goes in comes out. */
const onnx = (input: string, output: string, dims: readonly (number | string)[]) =>
  modelProto({
    nodes: [nodeProto('Identity', [input], [output])],
    inputs: [infoProto(input, dims)],
    outputs: [output],
  });

const pytorch = () => writeSafetensors(new LSTM({ inputSize: 64, hiddenSize: 128, seed: 1 }).stateDict());
const sequential = () => new Sequential([new LSTM({ inputSize: 3, hiddenSize: 8, seed: 1 })]).save();

/** An LSTM of three features, for sequences of any length. */
function keras(): Uint8Array {
  const { 'config.json': config, ...others } = unzipSync(bytesOf(caseNamed('LSTM, Keras 3').files.keras));
  const open = strFromU8(config).replaceAll(/("batch_shape": ?)\[null, ?5, ?3\]/g, '$1[null, null, 3]');
  return zipSync({ 'config.json': strToU8(open), ...others });
}

const silero = () => readFileSync(join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx'));
const checkpoint = () => (torchCases()[0].cases.find(({ name }) => name === 'state-dict') as TorchCase).file;
const identity = () => onnx('x', 'y', ['b', 't', 'f']);

/** A Sequential without weights: [batch, any, 64] through tanh. */
function tanhOfKeras(): Uint8Array {
  const layers = [
    { class_name: 'InputLayer', config: { batch_shape: [null, null, 64], dtype: 'float32', name: 'input' } },
    { class_name: 'Activation', config: { name: 'tanh', activation: 'tanh', dtype: 'float32' } },
  ];
  const config = { module: 'keras', class_name: 'Sequential', config: { name: 'model', layers } };
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const { 'model.weights.h5': h5 } = unzipSync(keras());
  return zipSync({
    'config.json': encode(config),
    'metadata.json': encode({ keras_version: '3.6.0' }),
    'model.weights.h5': h5,
  });
}

const { model: topology, shards } = tfjsFiles(caseNamed('LSTM, Keras 2'));
const [shard] = Object.values(shards);

/** The weights of a model, one array of a file of NumPy each. */
function numpy(): Uint8Array {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'test/cli/state-dict.json'), 'utf8'));
  return bytesOf(files.npz);
}

/** The file of an amplifier, by the name of its case. */
function amplifier(name: string): Uint8Array {
  const cases = JSON.parse(readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'));
  return strToU8(JSON.stringify(cases.find((each: { name: string }) => each.name === name).file));
}

const AMPLIFIER = `import { readFile } from 'node:fs/promises';\nimport { Amplifier } from 'hiddenstate/audio';\n\n`;

/** By page, and by the text that the block begins with. */
export const SETTINGS: Readonly<Record<string, Readonly<Record<string, Setting>>>> = {
  'docs/amplifiers.md': {
    [`${AMPLIFIER}const amplifier`]: { files: { 'amp.nam': () => amplifier('nam-8') } },
    [`${AMPLIFIER}const pedal`]: { files: { 'pedal.json': () => amplifier('guitarml-knob') } },
  },
  'README.md': {
    'import { readFile }': { files: { 'model.safetensors': pytorch } },
    'import { loadOnnx }': {
      files: { 'model.onnx': () => onnx('input', 'output', ['b', 't', 64]), 'model.keras': tanhOfKeras },
      before: "import { readFile } from 'node:fs/promises';\nconst data = new Float32Array(6400);",
    },
  },
  'docs/files.md': {
    "import { readFile } from 'node:fs/promises';\nimport { identify }": { files: { 'model.bin': sequential } },
    "import { openModel } from 'hiddenstate/files';\n\nconst model = await openModel('model.bin')": {
      files: { 'model.bin': sequential },
    },
    "import { openModel } from 'hiddenstate/files';\n\nconst model = await openModel('checkpoint.pt'": {
      files: { 'checkpoint.pt': checkpoint },
    },
    "import { readFile } from 'node:fs/promises';\nimport { LSTM }": { files: { 'checkpoint.pt': checkpoint } },
  },
  'docs/denoising.md': {
    'import { makeWindow, SpectralModel }': {
      files: { 'gtcrn_stream.onnx': () => onnx('x', 'y', [1, 257, 1, 2]) },
      before: 'const [block, out, recording] = [new Float32Array(128), new Float32Array(128), new Float32Array(4000)];',
    },
    'const stage = {': { before: 'const stream = {};' },
  },
  'docs/int8.md': {
    'import { readFile, writeFile }': { files: { 'model.safetensors': sequential, 'pytorch.safetensors': pytorch } },
  },
  'docs/keras.md': {
    'import { readFile }': { files: { 'model.keras': keras } },
    'const model = await loadKeras({ model: await (await fetch(': {
      files: {
        'model.json': () => new TextEncoder().encode(JSON.stringify(topology)),
        'group1-shard1of1.bin': () => shard,
      },
      before: `import { readFileSync } from 'node:fs';
import { loadKeras } from 'hiddenstate/keras';
globalThis.location = { href: 'https://example.org/' } as Location;
globalThis.fetch = async (place) => new Response(readFileSync(String(place).split('/').at(-1) as string));
const bytes = readFileSync('group1-shard1of1.bin');`,
    },
  },
  'docs/onnx.md': {
    'import { loadOnnx }': {
      files: { 'x.onnx': identity },
      before: "import { readFile } from 'node:fs/promises';\nconst bytes = await readFile('x.onnx');",
    },
    'const stream = model.stream': {
      files: { 'silero.onnx': silero },
      before:
        "import { loadOnnx } from 'hiddenstate/onnx';\nconst model = await loadOnnx('silero.onnx');\nconst frames = [new Float32Array(576)];",
    },
  },
  'docs/hosts.md': {
    "import { loadOnnx } from 'hiddenstate/onnx';\nimport { loadKeras }": {
      files: {
        'silero_vad.onnx': silero,
        'model/model.json': () => new TextEncoder().encode(JSON.stringify(topology)),
        'model/group1-shard1of1.bin': () => shard,
      },
    },
  },
  'docs/ort.md': {
    "import * as ort from 'hiddenstate/ort'": { files: { 'model.onnx': identity } },
    "import * as ort from 'onnxruntime-web'": {
      files: { 'x.onnx': identity },
      before: "import { readFile } from 'node:fs/promises';\nconst bytes = await readFile('x.onnx');",
    },
  },
  'docs/streams.md': {
    'const stream = layer.stream();': {
      before:
        "import { LSTM } from 'hiddenstate';\nconst layer = new LSTM({ inputSize: 2, hiddenSize: 3 });\nconst x = new Float32Array(2);",
    },
  },
};

/** Files that the examples in docstrings read. */
export const EXAMPLE_FILES: Readonly<Record<string, () => Uint8Array>> = {
  'model.safetensors': pytorch,
  'model.onnx': identity,
  'model.keras': keras,
  'silero_vad.onnx': silero,
  'checkpoint.pt': checkpoint,
  'amp.nam': () => amplifier('nam-8'),
  'denoiser.onnx': () => onnx('x', 'y', [1, 257, 1, 2]),
  'model.weights.h5': () => unzipSync(keras())['model.weights.h5'],
  'weights.npz': numpy,
};

/** Names that the examples in docstrings have from elsewhere, each with the line that makes it. */
export const EXAMPLE_NAMES: Readonly<Record<string, string>> = {
  recording: 'const recording = Float32Array.from({ length: 16_000 }, (_, t) => Math.sin(t / 8));',
  block: 'const block = Float32Array.from({ length: 480 }, (_, t) => Math.sin(t / 8));',
  transcribe: 'const transcribe = async (_audio: Float32Array): Promise<void> => {};',
};
