/** hiddenstate/train: gradients of recurrent networks in WebAssembly, and what to do with them. */
export { clipGradientNorm, clipGradientValue, gradientNorm } from './clip-gradients.js';
export { Adam, type AdamOptions, AdamW } from './optimizers/adam.js';
export type { Optimizer, OptimizerOptions } from './optimizers/optimizer.js';
export { SGD, type SGDOptions } from './optimizers/sgd.js';
export type { Parameters, TrainedParameter } from './parameters.js';
export {
  Tape,
  type TapeForwardOptions,
  type TapeGradients,
  type TapeOptions,
  type TapeResult,
} from './tape.js';
