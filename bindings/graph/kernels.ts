import relaxed from 'graph.relaxed.wasm';
import baseline from 'graph.simd.wasm';
import { companionKernels } from '../engine/companion.js';
import type { GraphKernels } from './abi.js';

/** The graph kernels over an engine's memory, of the build that the engine runs. */
export const graphKernels = /*@__PURE__*/ companionKernels<GraphKernels>('graph', ({ simd }) =>
  simd === 'relaxed' ? relaxed : baseline,
);
