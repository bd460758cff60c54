import '@tensorflow/tfjs-backend-cpu';
import { tensorflowStep } from './tensorflow-step.js';

/** One step of an LSTM, from weights to h. */
export async function first(given) {
  return tensorflowStep('cpu', given);
}
