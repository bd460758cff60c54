/**
 * Every entry of the package beside `hiddenstate` itself: its name after `hiddenstate/`, and the module of bindings/ that is
 * bundled for it. A new entry is a line here, then `node build-entries.mjs`.
 */
export const ENTRIES = {
  amplifier: 'formats/amplifier/index',
  arrays: 'formats/arrays/index',
  audio: 'audio/index',
  core: 'core',
  debug: 'debug',
  files: 'formats/files/index',
  forecast: 'forecast/index',
  keras: 'formats/keras/index',
  keyed: 'keyed/index',
  'keyed/redis': 'keyed/redis/index',
  onnx: 'formats/onnx/index',
  ort: 'formats/ort/index',
  // What onnxruntime-web is imported as: /wasm, /webgpu, /all …
  'ort/*': 'formats/ort/index',
  parallel: 'parallel/index',
  sequence: 'sequence/index',
  torch: 'formats/torch/index',
  train: 'train/index',
  'train/node': 'train-node',
  worklet: 'worklet/index',
};

/** Modules that are bundled by themselves and are no entry: what entries share, what they start, and the programs. */
export const INNER_ROOMS = [
  'graph/index',
  'graph/plain-operators',
  'graph/general-cells',
  'graph/all-operators',
  'formats/onnx/load-now',
  'formats/onnx/read-onnx',
  'spectra/index',
  'spectra/kernels',
  'parallel/worker',
  'train/shard-worker',
  'audio/vad-worker',
  'cli/main',
  'measure/index',
];

/** The modules that are bundled beside the library, each once. */
export const ROOMS = [...new Set([...Object.values(ENTRIES).filter((room) => room !== 'core'), ...INNER_ROOMS])];

/** `sequence/index` is shipped as sequence.js, `formats/onnx/index` as onnx.js, `parallel/worker` as parallel-worker.js,
 * `graph/all-operators` as graph-all-operators.js. */
export function fileOf(room) {
  return room
    .replace(/\/(index|main)$/, '')
    .replace(/^formats\//, '')
    .replace('/', '-');
}

/** Where the declarations of a module are, as package.json says it. */
function typesOf(room) {
  return `./dist/types/${room}.d.ts`;
}

/** The modules of kernels, which are exported as they are. */
export const KERNELS = ['kernels', 'graph', 'spectra', 'train'].flatMap((name) => [
  `${name}.simd.wasm`,
  `${name}.relaxed.wasm`,
]);

/** The file of audio worklets and workers: whole in itself, so that it can be served. */
export const PROCESSOR = 'worklet/processor';

/** Of what pieces that file consists, and smaller ones that are given to a browser as a Blob. */
export const PROCESSOR_PIECES = ['common', 'layers', 'vad', 'rest'];

/** What `exports` of package.json says. */
export function packageExports() {
  const code = Object.entries({ '.': 'index', ...ENTRIES }).map(([name, room]) => [
    name === '.' ? name : `./${name}`,
    {
      types: typesOf(room),
      // What index.js exports from; a bundler takes index.js.
      ...(name === '.' && { node: './dist/library.js' }),
      default: `./dist/${fileOf(room)}.js`,
    },
  ]);
  const bytes = KERNELS.map((name) => [`./${name}`, `./dist/${name}`]);
  const processor = [`./${PROCESSOR}.js`, { types: typesOf(PROCESSOR), default: `./dist/${fileOf(PROCESSOR)}.js` }];
  return Object.fromEntries([...code, processor, ...bytes, ['./package.json', './package.json']]);
}

/** What `typesVersions` of package.json says, for compilers that know no exports. */
export function typesVersions() {
  return { '*': Object.fromEntries(Object.entries(ENTRIES).map(([name, room]) => [name, [typesOf(room)]])) };
}
