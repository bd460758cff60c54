import { copyFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import terser from '@rollup/plugin-terser';
import { wasmHex } from './build-plugins.mjs';

mkdirSync('dist', { recursive: true });
for (const build of ['simd', 'relaxed']) copyFileSync(`build/kernels.${build}.wasm`, `dist/kernels.${build}.wasm`);

/** Without inlining: a bundler minifies and names once more, and what was inlined here compresses worse there. */
const compress = { passes: 2, inline: 0, reduce_funcs: false, collapse_vars: false, sequences: false };
const minify = terser({ module: true, keep_classnames: true, ecma: 2020, compress });
const index = resolve('build/js/index.js');

/** An import of which nothing is used is dropped: no file here does work when it is imported. */
const treeshake = { moduleSideEffects: 'no-external' };

/** What the library and its rooms have in common: modules of functions and tables, without state; one class, that of errors. */
const SHARED = [
  'cells/kind',
  'cells/layout',
  'dispose-symbol',
  'engine/abi',
  'engine/hex',
  'errors',
  'layers/packed-sequence',
  'layers/softmax',
  'layers/state',
  'options',
  'random',
  'streaming',
  'tensor',
  'weights/half-float',
  'weights/matrix-access',
  'weights/packing',
  'weights/quantized',
  'weights/safetensors-utf8',
  'weights/state-dict',
].map((name) => resolve(`build/js/${name}.js`));

const shared = {
  input: 'shared',
  output: { file: 'dist/shared.js', format: 'es' },
  plugins: [
    {
      name: 'shared',
      resolveId: (id) => (id === 'shared' ? id : null),
      load: (id) =>
        id === 'shared' ? SHARED.map((path) => `export * from ${JSON.stringify(path)};`).join('\n') : null,
    },
    minify,
  ],
};

/**
 * Apart from what is shared, `index` and `core` are one file each. `index` registers its embedded kernels in a statement,
 * and a bundler that honours `sideEffects: false` would drop that statement if the classes lived in a shared file.
 */
const library = ['index', 'core'].map((name) => ({
  input: `build/js/${name}.js`,
  external: SHARED,
  treeshake,
  output: { file: `dist/${name}.js`, format: 'es', paths: () => './shared.js' },
  plugins: [wasmHex(), minify],
}));

/** Installed with the library, not bundled. */
const PACKAGES = [
  '@assemblyscript/loader',
  '@bufbuild/protobuf/wire',
  'csv-parse',
  'd3-scale',
  'd3-shape',
  'fflate',
  'jstat',
  'ml-matrix',
  'onnxruntime-common',
  'piscina',
];

/** What a room stands on it imports as it is shipped, so that there is one set of classes. */
const SHIPPED = {
  ...Object.fromEntries(SHARED.map((path) => [path, './shared.js'])),
  [index]: './index.js',
  [resolve('build/js/sequence/index.js')]: './sequence.js',
  [resolve('build/js/train/index.js')]: './train.js',
  [resolve('build/js/graph/index.js')]: './graph.js',
  [resolve('build/js/formats/onnx/index.js')]: './onnx.js',
  [resolve('build/js/formats/keras/index.js')]: './keras.js',
};

/** `sequence/index` is shipped as sequence.js, `formats/onnx/index` as onnx.js, `parallel/worker` as parallel-worker.js. */
const ROOMS = [
  'debug',
  'parallel/index',
  'parallel/worker',
  'sequence/index',
  'graph/index',
  'formats/onnx/index',
  'formats/keras/index',
  'formats/ort/index',
  'train/index',
  'train-node',
  'cli/main',
  'measure/index',
];
const fileOf = (room) =>
  room
    .replace(/\/(index|main)$/, '')
    .replace(/^formats\//, '')
    .replace('/', '-');

const rooms = ROOMS.map((name) => {
  const input = resolve(`build/js/${name}.js`);
  return {
    input,
    external: (id) => (id !== input && id in SHIPPED) || id.startsWith('node:') || PACKAGES.includes(id),
    output: { file: `dist/${fileOf(name)}.js`, format: 'es', paths: SHIPPED },
    treeshake,
    plugins: [wasmHex(), minify],
  };
});

export default [shared, ...library, ...rooms];
