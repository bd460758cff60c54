/** Silero VAD as @ricky0123/vad-web ships it, against onnxruntime-web: frames of noise and tone, the state carried along. */
import { readFileSync } from 'node:fs';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Feeds, type GraphTensor, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { seededRandom } from '../../bindings/random.js';
import { BUILDS } from '../support/builds.js';

env.wasm.numThreads = 1;

const FRAMES = 25;

/** Of probabilities. */
const TOLERANCE = 1e-5;

/**
 * Of states. The models take the logarithm or the root of magnitudes that nearly cancel: half a unit in the last place of the
 * input, as noise, moves onnxruntime-web's own states of the legacy model by 2.3e-5; sums in another order are worth a few of those.
 */
const STATE_TOLERANCE = 1e-4;

interface Case {
  readonly file: string;
  readonly rate: number;
  /** Samples of a frame. */
  readonly size: number;
  readonly states: Readonly<Record<string, readonly [output: string, dims: readonly number[]]>>;
}

const state = { state: ['stateN', [2, 1, 128]] } as const;
const twoStates = { h: ['hn', [2, 1, 64]], c: ['cn', [2, 1, 64]] } as const;

const CASES: readonly Case[] = [
  { file: 'silero_vad_v5', rate: 16000, size: 576, states: state },
  { file: 'silero_vad_v5', rate: 8000, size: 288, states: state },
  { file: 'silero_vad_v6', rate: 16000, size: 576, states: state },
  { file: 'silero_vad_legacy', rate: 16000, size: 1536, states: twoStates },
  { file: 'silero_vad_legacy', rate: 8000, size: 768, states: twoStates },
];

function bytesOf(file: string): Uint8Array {
  return new Uint8Array(
    readFileSync(new URL(`../../node_modules/@ricky0123/vad-web/dist/${file}.onnx`, import.meta.url)),
  );
}

/** Loud and quiet frames, so that the probability moves. */
function framesOf({ size, rate }: Case): Float32Array[] {
  const random = seededRandom(5);
  return Array.from({ length: FRAMES }, (_, frame) => {
    const loudness = 0.4 * (frame % 5) ** 2 * 0.06;
    const tone = (i: number) => Math.sin((2 * Math.PI * 220 * (frame * size + i)) / rate);
    return Float32Array.from({ length: size }, (_, i) => loudness * tone(i) + 0.05 * (random() - 0.5));
  });
}

type Float32Tensor = Extract<Tensor, { type: 'float32' }>;

/** What onnxruntime-web gives for each frame. */
async function expectedOf(item: Case, frames: readonly Float32Array[]): Promise<Record<string, Float32Array>[]> {
  const session = await InferenceSession.create(bytesOf(item.file), { executionProviders: ['wasm'] });
  const rate = new Tensor('int64', BigInt64Array.of(BigInt(item.rate)), []);
  let states = Object.fromEntries(
    Object.entries(item.states).map(([name, [, dims]]) => [
      name,
      new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims),
    ]),
  );
  const results: Record<string, Float32Array>[] = [];
  for (const frame of frames) {
    const input = new Tensor('float32', frame, [1, item.size]);
    const result = await session.run({ input, sr: rate, ...states });
    states = Object.fromEntries(
      Object.entries(item.states).map(([name, [next]]) => [name, result[next] as Float32Tensor]),
    );
    results.push(Object.fromEntries(Object.entries(result).map(([name, { data }]) => [name, data as Float32Array])));
  }
  await session.release();
  return results;
}

function greatestDistance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let greatest = 0;
  for (let i = 0; i < expected.length; i++) {
    greatest = Math.max(greatest, Math.abs(got[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
  }
  return greatest;
}

describe.each(CASES)('$file at $rate Hz', (item) => {
  const frames = framesOf(item);
  let expected: Record<string, Float32Array>[];
  // Not before its turn: onnxruntime-web cannot run two sessions at once.
  beforeAll(async () => {
    expected = await expectedOf(item, frames);
  });
  const sr = { data: BigInt64Array.of(BigInt(item.rate)), dims: [] };

  it.each(BUILDS)('equals onnxruntime-web frame by frame, on the $name build', async ({ create }) => {
    const engine = create();
    const before = engine.bytesInUse;
    const model = await loadOnnx(bytesOf(item.file), { engine });
    let feeds: Feeds = Object.fromEntries(
      Object.entries(item.states).map(([name, [, dims]]) => [
        name,
        { data: new Float32Array(dims.reduce((a, b) => a * b)), dims },
      ]),
    );
    let worst = 0;
    for (const [i, frame] of frames.entries()) {
      const got: Record<string, GraphTensor> = model.run({
        input: { data: frame, dims: [1, item.size] },
        sr,
        ...feeds,
      });
      feeds = Object.fromEntries(Object.entries(item.states).map(([name, [next]]) => [name, got[next]])) as Feeds;
      for (const [name, values] of Object.entries(expected[i])) {
        const distance = greatestDistance(got[name].data as Float32Array, values);
        worst = Math.max(worst, distance);
        const tolerance = name === 'output' ? TOLERANCE : STATE_TOLERANCE;
        expect(distance, `${name} of frame ${i}`).toBeLessThanOrEqual(tolerance);
      }
    }
    const probabilities = expected.map(({ output }) => output[0]);
    expect(Math.max(...probabilities) - Math.min(...probabilities)).toBeGreaterThan(1e-3);
    console.log(`${item.file} at ${item.rate} Hz: greatest distance ${worst.toExponential(2)}`);
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  });

  it('streams: the states found by their names and kept in wasm memory', async () => {
    const engine = BUILDS[0].create();
    const before = engine.bytesInUse;
    const model = await loadOnnx(bytesOf(item.file), { engine });
    const stream = model.stream({ feeds: { sr }, dims: { input: [1, item.size] } });
    const taken = engine.bytesInUse;
    const out = new Float32Array(1);
    for (const round of [0, 1]) {
      for (const [i, frame] of frames.entries()) {
        expect(stream.step(frame, out)).toBe(out);
        expect(greatestDistance(out, expected[i].output), `round ${round}, frame ${i}`).toBeLessThanOrEqual(TOLERANCE);
      }
      for (const [name, [next]] of Object.entries(item.states)) {
        const last = expected[FRAMES - 1][next];
        expect(greatestDistance(stream.state[name].data as Float32Array, last), name).toBeLessThanOrEqual(
          STATE_TOLERANCE,
        );
      }
      stream.reset();
    }
    expect(engine.bytesInUse).toBe(taken);
    stream.dispose();
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  });
});
