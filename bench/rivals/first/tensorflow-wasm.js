import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { tensorflowStep } from './tensorflow-step.js';

/** One step of an LSTM, from weights to h. */
export async function first(given) {
  setThreadsCount(1);
  if (given.paths) setWasmPaths(given.paths.tensorflow);
  return tensorflowStep('wasm', given);
}
