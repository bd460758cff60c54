/**
 * Times Silero v5 on many streams at once against onnxruntime-node on one thread, a frame of each stream a call, after both have
 * given the same probabilities. Prints microseconds per frame and stream beside the bars.
 *
 *   npm run build && npm --prefix bench/rivals ci --ignore-scripts && node bench/onnx/run-batches.js [streams …]
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadOnnx } from 'hiddenstate/onnx';
import { interleave, medianRatio } from '../rivals/timing/interleave.js';
import { framesOf, MODELS } from './silero.js';

const PACE = { seconds: 2, leastRounds: 9, warmupMilliseconds: 300, burstMilliseconds: 10, isFirst: true };
const BARS = { 1: 4, 16: 2, 64: 2 };
const TOLERANCE = 1e-5;
const CHECKED_FRAMES = 20;

const require = createRequire(new URL('../rivals/package.json', import.meta.url));
const ort = require('onnxruntime-node');
const [model] = MODELS;
const bytes = readFileSync(new URL(`../../node_modules/@ricky0123/vad-web/dist/${model.file}`, import.meta.url));
const rate = BigInt64Array.of(16000n);

/** Frames of all streams, each stream some frames ahead of the one before it. */
function inputsOf(batch) {
  const frames = framesOf(model, CHECKED_FRAMES);
  return frames.map((_, i) => {
    const x = new Float32Array(batch * model.size);
    for (let lane = 0; lane < batch; lane++) x.set(frames[(i + lane) % frames.length], lane * model.size);
    return x;
  });
}

async function ours(batch) {
  const loaded = await loadOnnx(bytes);
  const feeds = { sr: { data: rate, dims: [] } };
  const stream = loaded.stream({ batch, feeds, dims: { input: [batch, model.size], state: [2, batch, 128] } });
  const out = new Float32Array(batch);
  return { step: (x) => stream.step(x, out), close: () => loaded.dispose() };
}

async function theirs(batch) {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' };
  const session = await ort.InferenceSession.create(bytes, options);
  const feeds = { sr: new ort.Tensor('int64', rate, []) };
  feeds.state = new ort.Tensor('float32', new Float32Array(2 * batch * 128), [2, batch, 128]);
  return {
    step: async (x) => {
      feeds.input = new ort.Tensor('float32', x, [batch, model.size]);
      const { output, stateN } = await session.run(feeds);
      feeds.state = stateN;
      return output.data;
    },
    close: () => session.release(),
  };
}

for (const batch of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 16, 64]) {
  const inputs = inputsOf(batch);
  const contenders = { hiddenstate: await ours(batch), onnxruntime: await theirs(batch) };
  for (const x of inputs) {
    const [got, expected] = [contenders.hiddenstate.step(x), await contenders.onnxruntime.step(x)];
    const distance = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0);
    if (!(distance <= TOLERANCE))
      throw new Error(`${batch} streams: got ${distance} from onnxruntime-node, expected ${TOLERANCE}`);
  }
  const entries = Object.entries(contenders).map(([id, { step }]) => {
    let at = 0;
    const run = () => step(inputs[at++ % inputs.length]);
    return { id, first: 0, isAsync: id === 'onnxruntime', scale: 1 / batch, run };
  });
  const times = await interleave(entries, PACE);
  for (const { close } of Object.values(contenders)) await close();
  const [a, b] = [times.hiddenstate.median, times.onnxruntime.median].map((each) => each.toFixed(2));
  const ratio = medianRatio(times.onnxruntime, times.hiddenstate).toFixed(2);
  console.log(
    `Silero v5, ${batch} streams: ${a} µs a frame, onnxruntime-node ${b} µs: ${ratio}× (bar ${BARS[batch] ?? '–'}×)`,
  );
}
process.exit(0);
