import * as ort from 'onnxruntime-web';
import { onnxStep } from './onnx-step.js';

/** One step of an LSTM, from a model's bytes to h. */
export async function first(given) {
  ort.env.wasm.numThreads = 1;
  if (given.paths) ort.env.wasm.wasmPaths = given.paths.onnxruntime;
  return onnxStep(ort, 'wasm', given);
}
