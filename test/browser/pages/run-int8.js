import { noise } from './noise.js';
import { toBits } from './run-cases.js';

/** Enough for a host to optimise the kernels in the middle. */
export const STEPS = 2000;
export const SIZES = { inputSize: 19, hiddenSize: 37, seed: 7 };
export const KINDS = ['RNN', 'LSTM', 'GRU'];

/** The input of every layer, [STEPS, inputSize]. */
export const input = () => ({ data: noise(STEPS * SIZES.inputSize), dims: [STEPS, SIZES.inputSize] });

/** The outputs of int8 layers on the engine that the host chooses and, with relaxed SIMD, on one of either layout. */
export async function runInt8(library, relaxed) {
  const engines = [library.createEngine()];
  if (WebAssembly.validate(relaxed)) engines.push(forced(library, relaxed, 0), forced(library, relaxed, 1));
  return engines.map((engine) => ({
    byteDots: engine.byteDots,
    numbers: Object.fromEntries(KINDS.map((kind) => [kind, toBits(outputOf(library, kind, engine))])),
  }));
}

function outputOf(library, kind, engine) {
  const layer = library.quantize(new library[kind]({ ...SIZES, engine }));
  const stream = layer.stream();
  const { data } = input();
  const steps = Array.from({ length: STEPS }, (_, t) =>
    stream.step(data.subarray(t * SIZES.inputSize, (t + 1) * SIZES.inputSize)).slice(),
  );
  const whole = layer.forward(input()).output.data;
  const streamed = whole.map((_, i) => steps[Math.floor(i / SIZES.hiddenSize)][i % SIZES.hiddenSize]);
  if (streamed.some((value, i) => value !== whole[i])) throw new Error(`${kind}: got a stream unlike its sequence`);
  return whole;
}

/** An engine that lays int8 out as it is told to, whatever the host is fast at. */
function forced(library, relaxed, byteDots) {
  return new library.Engine(relaxed, (bytes, memory) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    return { ...exports, hasByteDots: () => byteDots };
  });
}
