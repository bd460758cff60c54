import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import {
  compilerMaps,
  droppableClasses,
  kernelsLast,
  licences,
  moduleEntries,
  onlyBaseline,
  portableTextDecoder,
  quiet,
  readable,
  small,
  wasmHex,
  withoutMemberComments,
} from './build-plugins.mjs';
import { processorPieces, processorTexts } from './build-processors.mjs';
import { fileOf, PROCESSOR, ROOMS } from './entries.mjs';

mkdirSync('dist', { recursive: true });
for (const file of readdirSync('build')) {
  if (/\.(simd|relaxed)\.wasm$/.test(file)) copyFileSync(`build/${file}`, `dist/${file}`);
}

/** The path of a compiled file. */
const built = (name) => resolve(`build/js/${name}.js`);

/** An import of which nothing is used is dropped: no file of ours does work when it is imported. */
const treeshake = { moduleSideEffects: false };

/** Not bundled: the one package of `dependencies`, and those that users install themselves. */
const PACKAGES = ['@assemblyscript/loader', 'ioredis', 'redis', 'prom-client'];

const common = [
  wasmHex(),
  compilerMaps(),
  portableTextDecoder(built('formats/text-decoder')),
  quiet(),
  processorTexts(),
  moduleEntries(),
  nodeResolve({ exportConditions: ['module', 'import', 'default'], preferBuiltins: true }),
  licences('dist/THIRD-PARTY-LICENSES'),
  kernelsLast(),
];

// The classes last: esbuild gives one within a function another name.
const plugins = [...common, readable(), withoutMemberComments(), droppableClasses()];

/** What would only be a warning, and a package that fails when it is used. */
const onwarn = (warning, warn) => {
  if (warning.code === 'MISSING_EXPORT' || warning.code === 'UNRESOLVED_IMPORT') throw new Error(warning.message);
  warn(warning);
};

/** What ships is readable, with source maps; bundlers minify for those who want it. */
const output = (name, paths) => ({
  dir: 'dist',
  entryFileNames: `${name}.js`,
  // What is imported when it is needed, and not before.
  chunkFileNames: `${name}-[name].js`,
  format: 'es',
  // The command line is a program, which nobody debugs through.
  sourcemap: name !== 'cli',
  paths,
});

/**
 * What the library has in common with its rooms, and with the library without kernels: functions, tables, classes that find no kernels
 * by themselves, and one state, that of `manualSeed`. From the ground up: compressed, a bundle is smaller so.
 */
const SHARED = [
  ...['describe-value', 'errors', 'options', 'formats/is-place'],
  'dispose-symbol',
  'manual-seed',
  'random',
  'streaming',
  'tensor',
  'engine/abi',
  'engine/arena',
  'engine/engine',
  'engine/hex',
  'engine/kernel-source',
  'weights/draw',
  'weights/half-float',
  'weights/matrix-access',
  'weights/packing',
  'weights/quantized',
  'weights/safetensors',
  'weights/safetensors-header',
  'weights/safetensors-json',
  'weights/safetensors-utf8',
  'weights/state-dict',
  'cells/kind',
  'cells/layout',
  'cells/run',
  'cells/weights',
  'layers/cell-stack',
  'layers/forward',
  'layers/infer-options',
  'layers/packed-sequence',
  'layers/pool-stage',
  'layers/recurrent-stage',
  'layers/sampling',
  'layers/softmax',
  'layers/state',
  'layers/stream',
  'layers/open-stream',
  'layers/workspace',
].map(built);

/**
 * Files of which a page takes nothing more before it has a model. They have their own copies of the few functions that they need of
 * `SHARED`, and no class.
 */
const ALONE = ['formats/files/index', 'files-shared'];

/** Gives the module `all of NAME`, which exports what a file is to have. */
const allOf = (name, code) => ({
  name: 'all-of',
  resolveId: (source) => (source === `all of ${name}` ? `\0${source}` : null),
  load: (id) => (id === `\0all of ${name}` ? code : null),
});

/**
 * Packages that have a file of their own, and what of them is used. It is small: nobody steps through it. onnxruntime-common has none:
 * Parcel loses what is exported from another file by `export *` and as a namespace.
 */
const THIRD_PARTY = {
  fflate: '{ inflateSync }',
  'ml-matrix': '{ EigenvalueDecomposition, Matrix, inverse, solve }',
};

const thirdParty = Object.entries(THIRD_PARTY).map(([name, used]) => ({
  input: `all of ${name}`,
  treeshake,
  output: output(name),
  plugins: [allOf(name, `export ${used} from '${name}';`), ...common, small()],
}));

/** What several rooms need and none exports, in files of functions that a bundler takes apart. */
const SHARED_BY_ROOMS = {
  'archive-shared': ['formats/archive/archive'],
  'fetch-shared': ['formats/fetch-file'],
  'files-shared': ['formats', 'identify'].map((name) => `formats/files/${name}`),
  'forecast-shared': [
    'columns',
    'csv-record',
    'date-column',
    'dates',
    'forecaster',
    'ladder',
    'mend-rows',
    'notation',
    'rolling-origin',
    'series-options',
    'series-reader',
    'timeline',
    'transforms',
    'wording',
  ].map((name) => `forecast/${name}`),
  'hdf5-shared': ['formats/keras/files/hdf5'],
  'readers-shared': ['readers', 'recognise-layers'].map((name) => `formats/files/${name}`),
  'parallel-shared': ['host', 'messages', 'room', 'serve-station', 'split', 'start-threads', 'station', 'thread'].map(
    (name) => `parallel/${name}`,
  ),
};

/** Bundles modules as one file, which exports all that they do. */
function sharedFile(name, paths, external) {
  return {
    input: `all of ${name}`,
    external: (id) => !paths.includes(id) && external(id),
    treeshake,
    output: output(name, SHIPPED),
    plugins: [allOf(name, paths.map((path) => `export * from ${JSON.stringify(path)};`).join('\n')), ...plugins],
  };
}

/** `core` is the library without embedded kernels: where it looks for them there are none. */
const withoutKernels = {
  name: 'without-kernels',
  load: (id) =>
    id === built('engine/embedded')
      ? `export { noKernels as embeddedKernels, noKernels as hostKernels } from './no-kernels.js';`
      : null,
};

/** Apart from what is shared, the library with its kernels is one file, and without them another. */
const library = [
  ['library', 'index'],
  ['core', 'core'],
].map(([name, entry]) => ({
  input: built(entry),
  external: SHARED,
  treeshake,
  output: output(name, (id) => SHIPPED[id]),
  plugins: name === 'core' ? [withoutKernels, ...plugins] : plugins,
}));

/**
 * The entry does nothing but export: who takes from it what is shared, a bundler spares all of the library, whose classes
 * not every bundler dares to drop.
 */
const entry = {
  input: built('index'),
  external: (id) => id.startsWith('/') && id !== built('index') && id !== built('core'),
  output: output('index', (id) => SHIPPED[id] ?? './library.js'),
  plugins,
};

/** What a room stands on it imports as it is shipped, so that there is one set of classes. What measures is not shipped. */
const SHIPPED = {
  ...Object.fromEntries(
    ROOMS.filter((room) => room !== 'measure/index').map((room) => [built(room), `./${fileOf(room)}.js`]),
  ),
  ...Object.fromEntries(SHARED.map((path) => [path, './shared.js'])),
  ...Object.fromEntries(
    Object.entries(SHARED_BY_ROOMS).flatMap(([name, paths]) => paths.map((path) => [built(path), `./${name}.js`])),
  ),
  [built('index')]: './library.js',
  ...Object.fromEntries(Object.keys(THIRD_PARTY).map((name) => [name, `./${name}.js`])),
};

/** Whether a file imports a module, and does not carry it. */
function isApart(id, name) {
  return id in SHIPPED && !(ALONE.includes(name) && SHARED.includes(id));
}

/**
 * Rooms in files of their own beside that of another room, with which they share what neither exports, in NAME-shared.js or, of
 * hiddenstate/audio, in files named after what they hold: who takes from the first a function that needs nothing of the others is
 * spared the others. A bundler leaves a file out of which nothing is used; of a class within a file not every bundler dares to.
 */
const BESIDE = {
  'graph/index': ['graph/plain-operators', 'graph/general-cells', 'graph/all-operators'],
  'formats/onnx/index': ['formats/onnx/load-now', 'formats/onnx/read-onnx'],
  'audio/index': [
    'amplifier',
    'inverse-stft',
    'mel-spectrogram',
    'mfcc',
    'spectral-model',
    'stft',
    'vad',
    'vad-pool',
  ].map((name) => `audio/${name}`),
};

/** What the second room alone needs. Left to itself, rollup puts all that they share into the second, for the first exports from it. */
const APART = new Set(
  ['load-onnx', 'load-now', 'describe-model', 'survey', 'trial'].map((name) => built(`formats/onnx/${name}`)),
);

/** Rooms whose files share one more. */
const SHARE = ['graph/index', 'formats/onnx/index'];

/** What graphs need whatever operators they have lies in the shared file; of operators, each lies in the first file that has it. */
function graphChunk(id, inputs, getModuleInfo) {
  if (inputs.includes(id)) return undefined;
  const first = inputs.find((input) => reachable(input, getModuleInfo).has(id));
  return first === inputs[0] ? 'shared' : undefined;
}

const reached = new Map();

/** The modules that a module imports, and those that they import. */
function reachable(input, getModuleInfo) {
  if (!reached.has(input)) {
    const modules = new Set([input]);
    for (const id of modules) for (const next of getModuleInfo(id)?.importedIds ?? []) modules.add(next);
    reached.set(input, modules);
  }
  return reached.get(input);
}

const rooms = ROOMS.filter((name) => !Object.values(BESIDE).flat().includes(name)).map((name) => {
  const names = [name, ...(BESIDE[name] ?? [])];
  const inputs = names.map(built);
  return {
    input: Object.fromEntries(names.map((each, i) => [fileOf(each), inputs[i]])),
    // What a room loads later may take from it what it does not export; but for training, whose names users see as a whole.
    preserveEntrySignatures: name === 'train/index' ? 'exports-only' : 'allow-extension',
    external: (id) => (!inputs.includes(id) && isApart(id, name)) || PACKAGES.includes(id),
    output: {
      ...output(fileOf(name), SHIPPED),
      ...(SHARE.includes(name) && { chunkFileNames: `${fileOf(name)}-shared.js` }),
      ...(name === 'graph/index' && { manualChunks: (id, { getModuleInfo }) => graphChunk(id, inputs, getModuleInfo) }),
      ...(name === 'formats/onnx/index' && {
        manualChunks: (id) => (inputs.includes(id) || APART.has(id) ? undefined : 'shared'),
      }),
      entryFileNames: '[name].js',
      hoistTransitiveImports: false,
    },
    treeshake,
    plugins: name === 'cli/main' ? [...common, small()] : plugins,
  };
});

const processorRooms = {
  layers: built('worklet/processor-layers'),
  vad: built('worklet/processor-vad'),
  all: built(PROCESSOR),
};

const processorOptions = { treeshake, plugins: [onlyBaseline(), ...common] };

const shared = [
  sharedFile('shared', SHARED, () => false),
  ...Object.entries(SHARED_BY_ROOMS).map(([name, paths]) =>
    sharedFile(name, paths.map(built), (id) => isApart(id, name)),
  ),
];

/** Bundled before the room that carries its pieces as texts. */
const processor = {
  input: 'processors',
  treeshake,
  output: { file: `dist/${fileOf(PROCESSOR)}.js`, format: 'es' },
  plugins: [processorPieces(processorRooms, processorOptions), ...processorOptions.plugins],
};

export default [processor, ...thirdParty, ...shared, ...library, entry, ...rooms].map((bundle) => ({
  ...bundle,
  onwarn,
}));
