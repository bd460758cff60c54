/**
 * Silero's frames and first results against onnxruntime-web on one thread, and a step of an LSTM from a file against one from a
 * state dict: interleaved, results compared first.
 *
 *   npm run build && node bench/onnx/run.js [node] [chromium] [lstm]
 */
import { median } from '../rivals/timing/interleave.js';
import { chromiumHost } from './chromium.js';
import { measureLstm, SIZES } from './lstm.js';
import { nodeHost } from './node.js';
import { MODELS } from './silero.js';

const HOSTS = { node: nodeHost, chromium: chromiumHost };
const PACE = { seconds: 3, leastRounds: 9, warmupMilliseconds: 300, slowStartMilliseconds: 2000 };
const FIRSTS = 5;

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : [...Object.keys(HOSTS), 'lstm']) {
  if (name === 'lstm') {
    await reportLstm();
    continue;
  }
  const host = await HOSTS[name]();
  try {
    await report(host);
  } finally {
    await host.close();
  }
}

async function report(host) {
  console.log(
    `${host.label}\n  µs a frame       stream     run   onnxruntime-web   times slower (than run)   distance`,
  );
  for (const model of MODELS) {
    const { stream, run, onnxruntime, streamRatio, runRatio, distance } = await host.frames(model, PACE);
    const numbers = [stream, run, onnxruntime].map((us) => us.toFixed(1).padStart(8)).join('');
    console.log(
      `  ${model.name.padEnd(14)}${numbers}   ${streamRatio.toFixed(2)} (${runRatio.toFixed(2)})   ${distance.toExponential(1)}`,
    );
  }
  console.log('  ms from bytes to the first result');
  for (const model of MODELS) {
    const samples = { hiddenstate: [], onnxruntime: [] };
    for (let i = 0; i < FIRSTS; i++) {
      for (const contender of Object.keys(samples))
        samples[contender].push((await host.first(contender, model)).milliseconds);
    }
    const [ours, theirs] = [median(samples.hiddenstate), median(samples.onnxruntime)];
    console.log(
      `  ${model.name.padEnd(14)}${ours.toFixed(1).padStart(8)}${theirs.toFixed(1).padStart(16)}   ${(theirs / ours).toFixed(1)}`,
    );
  }
}

async function reportLstm() {
  const [{ loadOnnx }, { LSTM }] = [await import('../../dist/onnx.js'), await import('../../dist/index.js')];
  console.log(`Node ${process.versions.node}\n  µs a step, LSTM     ONNX  state dict   times slower`);
  for (const size of SIZES) {
    const { onnx, layer, ratio } = await measureLstm({ loadOnnx, LSTM }, size, { ...PACE, burstMilliseconds: 5 });
    const numbers = [onnx, layer].map((us) => us.toFixed(2).padStart(10)).join('');
    console.log(`  H = ${String(size).padEnd(12)}${numbers}   ${ratio.toFixed(2)}`);
  }
}
