/**
 * What denormal numbers cost: every cell and every operator that keeps a state, on ordinary sound, on inputs that are denormal, and on
 * silence after sound, where states decay. The three take turns; the figures are the ratios of the medians to that of ordinary inputs, in time of the processor.
 * `npm run build && node bench/denormals.js`
 */
import { readFileSync } from 'node:fs';
import { GRU, GRUCell, LSTM, LSTMCell, quantize, RNN, RNNCell } from '../dist/index.js';
import { loadOnnx } from '../dist/onnx.js';
import { ModelBytes, noise } from './onnx/model-bytes.js';
import { MODELS, openStream } from './onnx/silero.js';

const ROUNDS = 41;
const BURST_MILLISECONDS = 4;
/** Steps of silence, after which a state of slow decay is long past the least ordinary number. */
const SILENCE = 3000;
const STEPS = 50;
const BAR = 1.2;

const ordinary = (size) => noise(size, 1);
const denormal = (size) => noise(size, 1).map((value) => value * 1e-38);
const silent = (size) => new Float32Array(size);
const INPUTS = { ordinary, denormal, silent };

/** `{ run, settle }` of each thing that is timed, for one kind of input. */
const SUBJECTS = {
  ...layers('RNN, tanh', (more) => new RNN({ ...more })),
  ...layers('RNN, relu', (more) => new RNN({ ...more, nonlinearity: 'relu' })),
  ...layers('RNN without bias', (more) => new RNN({ ...more, bias: false })),
  ...layers('LSTM', (more) => new LSTM({ ...more })),
  ...layers('LSTM with projection', (more) => new LSTM({ ...more, projSize: 64 })),
  ...layers('LSTM without bias', (more) => new LSTM({ ...more, bias: false })),
  ...layers('GRU', (more) => new GRU({ ...more })),
  ...layers('GRU without bias', (more) => new GRU({ ...more, bias: false })),
  ...layers('GRU, reset before', (more) => new GRU({ ...more, resetAfter: false })),
  'RNNCell, call': cell(RNNCell),
  'LSTMCell, call': cell(LSTMCell),
  'GRUCell, call': cell(GRUCell),
  'LSTM of ONNX': operator('LSTM', {}),
  'GRU of ONNX': operator('GRU', { linear_before_reset: 1 }),
  'GRU of ONNX, reset before': operator('GRU', {}),
  'RNN of ONNX': operator('RNN', {}),
  'LSTM of ONNX, relu': operator('LSTM', { activations: ['Sigmoid', 'Relu', 'Tanh'] }),
  'LSTM of ONNX, coupled': operator('LSTM', { input_forget: 1 }),
  'LSTM of ONNX, hard sigmoid': operator('LSTM', { activations: ['HardSigmoid', 'Tanh', 'Tanh'] }),
  'GRU of ONNX, soft sign': operator('GRU', { activations: ['HardSigmoid', 'Softsign'] }),
  ...Object.fromEntries(MODELS.map((model) => [`${model.name}, stream`, silero(model)])),
};

function layers(name, make) {
  const made = () => make({ inputSize: 128, hiddenSize: 128, seed: 1 });
  return {
    [`${name}, step`]: step(made),
    [`${name}, forward`]: forward(made),
    [`${name}, int8 step`]: quantized(made),
  };
}

/** A step of a stream, whose state goes on. */
function step(make) {
  return (inputs) => {
    const stream = make().stream();
    const [x, loud, out] = [inputs(128), ordinary(128), new Float32Array(stream.outputSize)];
    return { settle: () => stream.step(loud, out), run: () => stream.step(x, out) };
  };
}

function quantized(make) {
  return step(() => quantize(make()));
}

/** A sequence from a state that the one before left. */
function forward(make) {
  return (inputs) => {
    const layer = make();
    const size = STEPS * 128;
    const input = { data: inputs(size), dims: [STEPS, 1, 128] };
    const loud = { data: ordinary(size), dims: [STEPS, 1, 128] };
    let state;
    const pass = (given) => {
      state = layer.forward(given, state && { state }).state;
    };
    return { settle: () => pass(loud), run: () => pass(input), steps: STEPS };
  };
}

function cell(Cell) {
  return (inputs) => {
    const made = new Cell({ inputSize: 128, hiddenSize: 128, seed: 1 });
    const tensor = (data) => ({ data, dims: [1, 128] });
    const [x, loud] = [tensor(inputs(128)), tensor(ordinary(128))];
    let state;
    const pass = (given) => {
      state = made.forward(given, state);
    };
    return { settle: () => pass(loud), run: () => pass(x) };
  };
}

function operator(op, attributes) {
  return async (inputs) => {
    const { stream } = await openOperator(op, attributes);
    const [x, loud, out] = [inputs(64), ordinary(64), new Float32Array(64)];
    return { settle: () => stream.step(loud, out), run: () => stream.step(x, out) };
  };
}

async function openOperator(op, attributes) {
  const size = 64;
  const rows = { RNN: 1, LSTM: 4, GRU: 3 }[op] * size;
  const model = new ModelBytes();
  const weights = [model.weights([1, rows, size], size), model.weights([1, rows, size], 8 * size)];
  const states = op === 'LSTM' ? ['h', 'c'] : ['h'];
  const outputs = ['', ...states.map((name) => `${name}_next`)];
  model.add(op, ['x', ...weights, '', '', ...states], { ...attributes, hidden_size: size }, outputs);
  model.add('Squeeze', ['h_next', model.integers([0])], {}, ['y']);
  const inputs = { x: [1, 1, size], ...Object.fromEntries(states.map((name) => [name, [1, 1, size]])) };
  const results = { y: [1, size], ...Object.fromEntries(states.map((name) => [`${name}_next`, [1, 1, size]])) };
  const loaded = await loadOnnx(model.finish(inputs, results));
  const pairs = Object.fromEntries(states.map((name) => [name, `${name}_next`]));
  return { stream: loaded.stream({ input: 'x', output: 'y', states: pairs }) };
}

function silero(model) {
  const file = new URL(`../node_modules/@ricky0123/vad-web/dist/${model.file}`, import.meta.url);
  return async (inputs) => {
    const stream = await openStream(loadOnnx, model, new Uint8Array(readFileSync(file)));
    const [x, loud] = [inputs(model.size), ordinary(model.size)];
    return { settle: () => stream.step(loud), run: () => stream.step(x), slow: 10 };
  };
}

async function measure(open) {
  const racers = [];
  for (const inputs of Object.values(INPUTS)) {
    const racer = await open(inputs);
    racer.settle();
    // Also what decays only slowly is past the least ordinary number then.
    for (let i = 0; i < SILENCE / (racer.steps ?? racer.slow ?? 1); i++) racer.run();
    racers.push({ ...racer, repeats: repeatsOf(racer), samples: [] });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const racer of racers) racer.samples.push(burst(racer, racer.repeats) / racer.repeats);
    racers.reverse();
  }
  if (ROUNDS % 2 === 1) racers.reverse();
  const [base, ...others] = racers.map(({ samples }) => samples);
  return others.map((samples) => median(samples) / median(base));
}

function repeatsOf(racer) {
  for (let repeats = 1; ; repeats *= 2) if (burst(racer, repeats) >= BURST_MILLISECONDS) return repeats;
}

/** Milliseconds of the processor, which what else the machine does leaves as they are. */
function burst({ run }, repeats) {
  const start = process.cpuUsage();
  for (let i = 0; i < repeats; i++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

let worst = 0;
console.log('times of ordinary inputs'.padEnd(34), Object.keys(INPUTS).slice(1).join('  '));
for (const [name, open] of Object.entries(SUBJECTS).filter(([name]) => name.includes(process.argv[2] ?? ''))) {
  const ratios = await measure(open);
  worst = Math.max(worst, ...ratios);
  console.log(name.padEnd(34), ratios.map((ratio) => ratio.toFixed(2).padStart(8)).join('  '));
}
console.log(`worst ${worst.toFixed(2)}, of ${BAR}`);
