import * as ort from 'onnxruntime-node';
import { onnxStep } from './onnx-step.js';

/** One step of an LSTM, from a model's bytes to h. */
export async function first(given) {
  return onnxStep(ort, 'cpu', given);
}
