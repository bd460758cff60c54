/** Silero by many calls at once: lanes of a stream beside onnxruntime-node's batch, and how many calls a VadPool hears on one thread. */
import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { VadPool } from '../../dist/audio.js';
import { loadOnnx } from '../../dist/onnx.js';
import { framesOf } from '../onnx/silero.js';

const RATE = 16_000;
const SIZE = 576;

export const sileroBytes = (version) =>
  new Uint8Array(
    readFileSync(new URL(`../../node_modules/@ricky0123/vad-web/dist/silero_vad_${version}.onnx`, import.meta.url)),
  );

const rate = () => BigInt64Array.of(BigInt(RATE));

/** A frame of each of so many streams, twice 32 of them: what a pool takes together. */
export async function lanes(bytes, streams) {
  const model = await loadOnnx(bytes);
  const half = streams / 2;
  const open = () =>
    model.stream({
      batch: half,
      feeds: { sr: { data: rate(), dims: [] } },
      dims: { input: [half, SIZE], state: [2, half, 128] },
    });
  const halves = [open(), open()];
  const frames = framesOf({ size: SIZE }, streams);
  const x = [0, half].map((at) =>
    Float32Array.from({ length: half * SIZE }, (_, i) => frames[at + Math.floor(i / SIZE)][i % SIZE]),
  );
  const out = new Float32Array(half);
  const run = () => {
    for (const [i, stream] of halves.entries()) stream.step(x[i], out);
    return out;
  };
  return { id: 'hiddenstate', run };
}

export async function batch(bytes, streams) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const frames = framesOf({ size: SIZE }, streams);
  const x = Float32Array.from({ length: streams * SIZE }, (_, i) => frames[Math.floor(i / SIZE)][i % SIZE]);
  let state = new ort.Tensor('float32', new Float32Array(2 * streams * 128), [2, streams, 128]);
  const input = new ort.Tensor('float32', x, [streams, SIZE]);
  const sr = new ort.Tensor('int64', rate(), []);
  const run = async () => {
    const { output, stateN } = await session.run({ input, state, sr });
    state = stateN;
    return output.data;
  };
  return { id: 'onnxruntime-node', run };
}

/** Calls that one thread hears in real time: blocks of 20 ms at 16 kHz, framing and events included. */
export async function callsInRealTime(bytes, calls, seconds) {
  const pool = await VadPool.load(bytes, { threads: 0 });
  const frames = framesOf({ size: 320 }, 64);
  let heard = 0;
  const open = Array.from({ length: calls }, () => pool.open({ onFrame: () => heard++, onSpeechStart: () => {} }));
  const blocks = Math.ceil(seconds * 50);
  const round = (i) => {
    for (const [k, call] of open.entries()) call.push(frames[(i + k) % frames.length]);
  };
  for (let i = 0; i < 8; i++) round(i);
  await pool.drain();
  const [before, start] = [heard, performance.now()];
  for (let i = 0; i < blocks; i++) round(i);
  await pool.drain();
  const microseconds = ((performance.now() - start) * 1000) / (heard - before);
  pool.dispose();
  return { microseconds, calls: 32_000 / microseconds };
}
