/**
 * Times networks over space, and single steps, against onnxruntime-web on one thread, in Node, and prints what was found beside the bars.
 *
 *   npm run build && node bench/onnx/run-nets.js [a part of a name]
 */
import { loadOnnx } from 'hiddenstate/onnx';
import * as ours from 'hiddenstate/ort';
import * as ort from 'onnxruntime-web';
import { measureNets } from './measure-nets.js';

const PACE = { seconds: 2, leastRounds: 9, warmupMilliseconds: 300, slowStartMilliseconds: 2000, burstMilliseconds: 5 };

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
for (const { name, bar, ratio, hiddenstate, onnxruntime } of await measureNets(
  { loadOnnx, ours, ort },
  PACE,
  process.argv[2],
)) {
  const times = `${hiddenstate.toFixed(1)} µs, onnxruntime-web ${onnxruntime.toFixed(1)} µs`;
  console.log(`${name}: ${times}: ${ratio.toFixed(2)}× (bar ${bar}×)`);
}
process.exit(0);
