/** A real model, frame after frame: wasm memory stands still, and JavaScript's garbage stays within bounds. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { BUILDS } from '../support/builds.js';

const FRAMES = 5000;
const WARM_UP = 5000;
const RATE = { data: BigInt64Array.of(16000n), dims: [] };
const collect = globalThis.gc as () => void;

async function silero() {
  const engine = BUILDS[0].create();
  const path = new URL('../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx', import.meta.url);
  return { engine, model: await loadOnnx(new Uint8Array(readFileSync(path)), { engine }) };
}

/** Bytes that a frame leaves behind, and bytes of it that stay. */
function garbageOf(frame: () => void): { littered: number; grown: number } {
  for (let i = 0; i < WARM_UP; i++) frame();
  collect();
  const before = process.memoryUsage().heapUsed;
  let littered = 0;
  // In short runs, none of which fills the young generation: a collection in the midst of one would hide its garbage.
  for (let i = 0; i < FRAMES; i += 500) {
    collect();
    const start = process.memoryUsage().heapUsed;
    for (let k = 0; k < 500; k++) frame();
    littered += process.memoryUsage().heapUsed - start;
  }
  collect();
  return { littered: littered / FRAMES, grown: (process.memoryUsage().heapUsed - before) / FRAMES };
}

it('a stream of Silero allocates nothing in wasm and next to nothing in JavaScript', async () => {
  const { engine, model } = await silero();
  const stream = model.stream({ feeds: { sr: RATE }, dims: { input: [1, 576] } });
  const [x, out] = [new Float32Array(576).fill(0.1), new Float32Array(1)];
  const { bytesInUse } = engine;
  const { buffer } = engine.memory;
  const { littered, grown } = garbageOf(() => stream.step(x, out));
  console.log(`stream: ${littered.toFixed(1)} bytes of garbage a frame, ${grown.toFixed(1)} stay`);
  expect(littered).toBeLessThan(STREAM_BYTES);
  expect(grown).toBeLessThan(128);
  expect(engine.bytesInUse).toBe(bytesInUse);
  expect(engine.memory.buffer).toBe(buffer);
});

it('run of Silero allocates nothing in wasm, and in JavaScript the tensors that it gives', async () => {
  const { engine, model } = await silero();
  const input = { data: new Float32Array(576).fill(0.1), dims: [1, 576] };
  let state: Parameters<typeof model.run>[0][string] = { data: new Float32Array(256), dims: [2, 1, 128] };
  const frame = () => {
    state = model.run({ input, state, sr: RATE }).stateN;
  };
  frame();
  const { bytesInUse } = engine;
  const { buffer } = engine.memory;
  const { littered, grown } = garbageOf(frame);
  console.log(`run: ${littered.toFixed(1)} bytes of garbage a frame, ${grown.toFixed(1)} stay`);
  expect(littered).toBeLessThan(RUN_BYTES);
  expect(grown).toBeLessThan(128);
  expect(engine.bytesInUse).toBe(bytesInUse);
  expect(engine.memory.buffer).toBe(buffer);
});

/** A stream's step: numbers between its closures. */
const STREAM_BYTES = 512;

/** The elements of the state lie outside of the heap; these are the tensors around them, names, dims and checks. */
const RUN_BYTES = 16_384;
