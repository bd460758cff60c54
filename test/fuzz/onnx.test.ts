import { expect, test } from 'vitest';
import { describeOnnx } from '../../bindings/formats/onnx/index.js';
import { readOnnx } from '../../bindings/formats/onnx/read-onnx.js';
import { allOperators, REPETITIONS } from '../../bindings/graph/all-operators.js';
import { GraphModel, type ValueInfo } from '../../bindings/graph/index.js';
import { createEngine } from '../../bindings/index.js';
import { readArchive } from '../onnx/archive.js';
import { infoProto, message, modelProto, nodeProto } from '../onnx/model-bytes.js';
import { COUNT, type Reader, TIMEOUT, tryReader } from './trial.js';

const engine = createEngine();

const MODELS = readArchive('torch').filter(
  ({ name }) => !/^(rnn|lstm|gru)-l/.test(name) || /l2-bi-bf-state-dynamic/.test(name),
);
const NODES = readArchive('backend').filter(({ name }) =>
  /^(if|gru_|lstm_|rnn_|pad|split|slice|cast_FLOAT|reduce_max)/.test(name),
);

/** Quantised nets and nodes, loops, scans, branches and functions, and nodes over space: small ones, for it is the readers that are tried. */
const OTHERS = (['quantized', 'onnxruntime', 'control', 'spatial'] as const)
  .flatMap((archive) => readArchive(archive))
  .filter(({ model }) => model.length < 20_000);
/** Weights in a file beside the model, which nobody gives. */
const EXTERNAL = modelProto({
  nodes: [nodeProto('MatMul', ['x', 'w'], ['y'])],
  inputs: [infoProto('x', ['n', 2])],
  tensors: [
    message({
      1: [2, 2],
      2: 1,
      8: 'w',
      13: Object.entries({ location: 'w.data', offset: '8', length: '16' }).map(([key, value]) =>
        message({ 1: key, 2: value }),
      ),
      14: 1,
    }),
  ],
});

/** Elements of the largest feed that is tried. */
const MOST = 10_000;

const ARRAYS: Readonly<Record<string, ((size: number) => ArrayLike<number> | ArrayLike<bigint>) | undefined>> = {
  float32: (size) => new Float32Array(size).fill(0.5),
  float64: (size) => new Float64Array(size).fill(0.5),
  int64: (size) => new BigInt64Array(size).fill(1n),
  int32: (size) => new Int32Array(size).fill(1),
  float16: (size) => new Uint16Array(size),
  bool: (size) => new Uint8Array(size).fill(1),
};

function feedFor({ dtype = 'float32', dims = [] }: ValueInfo) {
  const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : 2));
  const count = sizes.reduce((product, size) => product * size, 1);
  const make = ARRAYS[dtype];
  return make && count <= MOST ? { data: make(count), dims: sizes } : undefined;
}

function feedsFor(inputs: readonly ValueInfo[]): Parameters<GraphModel['run']>[0] | undefined {
  const feeds = inputs.map((input) => [input.name, feedFor(input)] as const);
  return feeds.every(([, feed]) => feed) ? Object.fromEntries(feeds as never) : undefined;
}

/** As `loadOnnx` does, but at once. */
function loadAndRun(file: Uint8Array): void {
  const model = new GraphModel({
    engine,
    graph: readOnnx(file),
    registry: allOperators(),
    repetitions: REPETITIONS,
    reader: 'loadOnnx',
  });
  try {
    const feeds = feedsFor(model.inputs);
    if (feeds) model.run(feeds);
  } finally {
    model.dispose();
  }
}

const WHO = /^(loadOnnx|Onnx model[.\w]*): |^[\w.]+ ".*": /;

const READERS: readonly Reader[] = [
  { name: 'loadOnnx of whole models', who: WHO, seeds: MODELS.map(({ model }) => model), read: loadAndRun },
  { name: 'loadOnnx of single nodes', who: WHO, seeds: NODES.map(({ model }) => model), read: loadAndRun },
  {
    name: 'loadOnnx of quantised models, loops, functions and external data',
    who: WHO,
    seeds: [...OTHERS.map(({ model }) => model), ...new Array<Uint8Array>(20).fill(EXTERNAL)],
    read: loadAndRun,
  },
  {
    name: 'describeOnnx',
    who: /^describeOnnx: /,
    seeds: [...MODELS, ...NODES].map(({ model }) => model),
    read: (file) => void describeOnnx(file),
  },
];

test.each(READERS)(`$name bears ${COUNT} damaged files`, { timeout: TIMEOUT }, async (reader) => {
  const { read, refused, slowest } = await tryReader(reader, engine);
  console.log(`${reader.name}: ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
  expect(read + refused).toBeGreaterThanOrEqual(COUNT);
});
