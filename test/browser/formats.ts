import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bytesOf, caseNamed, feedsOf, unpack } from '../keras/cases.js';
import { ROOT } from '../structure/import-graph.js';
import { relativeError } from '../support/compare.js';
import { noise } from './pages/noise.js';
import { fromBits, toBits } from './pages/run-cases.js';

/** One with an HDF5 file and an archive, so that both readers are asked. */
const KERAS = caseNamed('LSTM, Keras 3');

const SAMPLES = 576;

/** Five frames, loud and quiet ones, made of integers alone. */
const FRAMES = Array.from({ length: 5 }, (_, frame) => {
  return noise(SAMPLES * 5)
    .slice(frame * SAMPLES, (frame + 1) * SAMPLES)
    .map((value) => Math.fround(value * (frame % 2 ? 0.5 : 0.0625)));
});

/** What the pages are given: files as lists of bytes, floats as bits, so that JSON carries them. */
export function formatsInput() {
  const silero = readFileSync(join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx'));
  const feeds = Object.entries(feedsOf(KERAS)).map(([name, { data, dims }]) => [name, { bits: toBits(data), dims }]);
  return {
    files: { silero: [...silero], keras: [...bytesOf(KERAS.files.keras)], h5: [...bytesOf(KERAS.files.h5)] },
    frames: FRAMES.map(toBits),
    feeds: Object.fromEntries(feeds) as Record<string, { bits: number[]; dims: number[] }>,
  };
}

/** Holds what came out to that. */
export async function expectFormats(numbers: Record<string, number[]>, isPresent = (_: string) => true): Promise<void> {
  const expected = Object.entries(await formatsExpected()).filter(([name]) => isPresent(name));
  expect(Object.keys(numbers).sort()).toEqual(expected.map(([name]) => name).sort());
  for (const [name, values] of expected) {
    const tolerance = name === 'onnx/state' ? 1e-4 : /^(onnx|ort)/.test(name) ? 1e-5 : 3e-6;
    expect(relativeError(fromBits(numbers[name]), values), name).toBeLessThanOrEqual(tolerance);
  }
}

/** What must come out: Silero by onnxruntime-web, Keras' model by its formulas in float64. */
async function formatsExpected(): Promise<Record<string, Float32Array>> {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web/wasm');
  env.wasm.numThreads = 1;
  const bytes = readFileSync(join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx'));
  const session = await InferenceSession.create(new Uint8Array(bytes), { executionProviders: ['wasm'] });
  const sr = new Tensor('int64', BigInt64Array.of(16000n), []);
  let state = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const probabilities: number[] = [];
  for (const frame of FRAMES) {
    const result = await session.run({ input: new Tensor('float32', frame, [1, SAMPLES]), state, sr });
    state = result.stateN as typeof state;
    probabilities.push((result.output.data as Float32Array)[0]);
  }
  await session.release();
  const keras = KERAS.outputs.flatMap((packed, i) => {
    const { data } = unpack(packed);
    return [
      [`keras/${i}`, data],
      [`h5/${i}`, data],
    ];
  });
  const silero = Float32Array.from(probabilities);
  return {
    'onnx/probabilities': silero,
    'onnx/state': state.data as Float32Array,
    'ort/probabilities': silero,
    ...(Object.fromEntries(keras) as Record<string, Float32Array>),
  };
}
