import { noise } from './noise.js';

/**
 * What every realm is asked: pages, workers, worklets, a bare vm context and Node run this same file and their answers are
 * compared. It uses nothing but ECMAScript. Numbers travel as the bits of their floats, which JSON keeps exactly.
 */

/** Steps of the sequence that is run at once and one step a call. */
const STEPS = 1000;

export function toBits(floats) {
  return Array.from(new Uint32Array(floats.buffer, floats.byteOffset, floats.length));
}

export function fromBits(bits) {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

function decodeTensors(encoded) {
  const entries = Object.entries(encoded).map(([name, { bits, dims }]) => [name, { data: fromBits(bits), dims }]);
  return Object.fromEntries(entries);
}

/**
 * Runs golden cases and the cases of this file on one engine.
 *
 * @param library what `import * as` gives
 * @returns which build ran, and every tensor that came out as bits under a name
 */
export function runCases(library, engine, goldens) {
  const numbers = {};
  for (const golden of goldens) runGolden(library, engine, golden, numbers);
  for (const kind of ['RNN', 'LSTM', 'GRU']) runStream(library, engine, kind, numbers);
  roundTrip(library, decodeTensors(goldens[0].stateDict), numbers);
  return { simd: engine.simd, numbers };
}

function runGolden(library, engine, { name, kind, options, stateDict, input, state, lengths }, numbers) {
  const layer = new library[kind]({ ...options, engine });
  layer.loadStateDict(decodeTensors(stateDict));
  const call = state ? { state: decodeTensors(state), lengths } : { lengths };
  const result = layer.forward(decodeTensors({ input }).input, call);
  numbers[`${name}/output`] = toBits(result.output.data);
  for (const [part, { data }] of Object.entries(result.state)) numbers[`${name}/${part}`] = toBits(data);
  layer.dispose();
}

/** Seeded weights are the same in every realm. */
function runStream(library, engine, kind, numbers) {
  const layer = new library[kind]({ inputSize: 3, hiddenSize: 13, numLayers: 2, seed: 7, engine });
  const inputs = noise(STEPS * 3);
  const { outputSize } = layer;
  numbers[`stream/${kind}/forward`] = toBits(layer.forward({ data: inputs, dims: [STEPS, 3] }).output.data);
  const steps = new Float32Array(STEPS * outputSize);
  const stream = layer.stream();
  for (let t = 0; t < STEPS; t++) steps.set(stream.step(inputs.subarray(t * 3, t * 3 + 3)), t * outputSize);
  numbers[`stream/${kind}/steps`] = toBits(steps);
  stream.dispose();
  layer.dispose();
}

function roundTrip(library, tensors, numbers) {
  const read = library.readSafetensors(library.writeSafetensors(tensors, { note: 'naïve 🎵' }));
  if (read.metadata.note !== 'naïve 🎵') throw new Error(`metadata: got ${read.metadata.note}`);
  for (const [name, { data }] of Object.entries(read.tensors)) numbers[`safetensors/${name}`] = toBits(data);
}
