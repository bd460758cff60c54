/**
 * Silero on silence and on sound so faint that it is denormal: no product in it sees such a number, but for the squares of a
 * spectrum, which come to their roots at once. They are a few hundred of a frame's hundred thousand products.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { countingEngine } from '../support/denormals.js';

/** The files, the dims of an input of each and those of its states, and the vectors of squares of a frame. */
const MODELS = [
  ['silero_vad_v5.onnx', { input: [1, 576], state: [2, 1, 128] }, 300],
  ['silero_vad_legacy.onnx', { input: [1, 1536], h: [2, 1, 64], c: [2, 1, 64] }, 600],
] as const;

/** What is no denormal number itself, but squared. */
const SQUARED = [1e-12, 1e-20];

const fileOf = (name: string): URL => new URL(`../../node_modules/@ricky0123/vad-web/dist/${name}`, import.meta.url);

describe.each(MODELS)('%s', (name, dims, squares) => {
  it('computes with no denormal number on speech, on silence after it, on the faintest sound', async () => {
    const { engine, takeCount } = countingEngine('simd');
    const model = await loadOnnx(new Uint8Array(readFileSync(fileOf(name))), { engine });
    const stream = model.stream({ feeds: { sr: { data: BigInt64Array.of(16000n), dims: [] } }, dims });
    const sound = Float32Array.from({ length: stream.inputSize }, (_, i) => Math.sin(i / 7) * 0.3);
    takeCount();
    for (const loudness of [1, 0, 1e-12, 1e-20, 1e-30, 1e-38, 1e-42, 0]) {
      const bound = SQUARED.includes(loudness) ? squares : 0;
      for (let i = 0; i < 10; i++) stream.step(sound.map((value) => value * loudness));
      expect(takeCount(), `loudness ${loudness}`).toBeLessThanOrEqual(10 * bound);
    }
    model.dispose();
  });
});
