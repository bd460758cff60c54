import relaxed from 'train.relaxed.wasm';
import baseline from 'train.simd.wasm';
import { companionKernels } from '../engine/companion.js';
import type { TrainKernels } from './abi.js';

/** The train kernels over an engine's memory, of the build that the engine runs. */
export const trainKernels = /*@__PURE__*/ companionKernels<TrainKernels>('train', ({ simd }) =>
  simd === 'relaxed' ? relaxed : baseline,
);
