import { copyFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import terser from '@rollup/plugin-terser';
import { wasmHex } from './build-plugins.mjs';

mkdirSync('dist', { recursive: true });
for (const build of ['simd', 'relaxed']) copyFileSync(`build/kernels.${build}.wasm`, `dist/kernels.${build}.wasm`);

const minify = terser({ module: true, keep_classnames: true, ecma: 2020, compress: { passes: 2 } });
const index = resolve('build/js/index.js');

/**
 * `index` and `core` are one file each. `index` registers its embedded kernels in a statement, and a bundler that honours
 * `sideEffects: false` would drop that statement if the classes lived in a shared chunk.
 */
const library = ['index', 'core'].map((name) => ({
  input: `build/js/${name}.js`,
  output: { file: `dist/${name}.js`, format: 'es' },
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
  'jsfive',
  'jstat',
  'ml-matrix',
  'onnxruntime-common',
  'piscina',
  'wavefile',
];

/** What a room stands on it imports as it is shipped, so that there is one set of classes. */
const SHIPPED = {
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
    plugins: [wasmHex()],
  };
});

export default [...library, ...rooms];
