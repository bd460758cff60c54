import { ModelBytes, noise } from './model-bytes.js';

/** One step of a recurrent layer whose states are fed and come back, as onnxruntime's programs keep them. */
export const STEPS = [
  ...[
    [16, 12],
    [64, 6],
    [128, 4],
  ].map(([size, bar]) => ({
    name: `a step of LSTM(${size}), states fed, through hiddenstate/ort`,
    bar,
    make: () => lstmStep(size),
    through: 'ort',
  })),
  { name: 'a step of DynamicQuantizeLSTM(128)', bar: 3, make: () => quantizedStep(128), tolerance: 0.02 },
];

function lstmStep(size) {
  const m = new ModelBytes();
  const weights = [
    m.weights([1, 4 * size, size], size),
    m.weights([1, 4 * size, size], size),
    m.weights([1, 8 * size]),
  ];
  m.add('LSTM', ['x', ...weights, '', 'h', 'c'], { hidden_size: size }, ['all', 'hn', 'cn']);
  m.add('Squeeze', ['all', m.integers([1])], {}, ['y']);
  return ofState(m, size);
}

/** What onnxruntime's quantize_dynamic makes of it: bytes, of one scale for each matrix. */
function quantizedStep(size) {
  const m = new ModelBytes();
  const matrix = (seed) => {
    const data = Int8Array.from(noise(4 * size * size, seed), (value) => Math.round(value * 254));
    return m.bytes([1, size, 4 * size], data);
  };
  const scale = [m.floats([1], [2 / Math.sqrt(size) / 254]), m.bytes([1], new Int8Array(1))];
  const weights = [matrix(1), matrix(2), m.weights([1, 8 * size])];
  const inputs = ['x', ...weights, '', 'h', 'c', '', ...scale, ...scale];
  m.add('DynamicQuantizeLSTM', inputs, { hidden_size: size }, ['all', 'hn', 'cn'], 'com.microsoft');
  m.add('Squeeze', ['all', m.integers([1])], {}, ['y']);
  return ofState(m, size);
}

function ofState(m, size) {
  const state = [1, 1, size];
  const inputs = { x: state, h: state, c: state };
  return { bytes: m.finish(inputs, { y: state, hn: state, cn: state }), inputs, output: 'y' };
}
