import hex from 'graph.simd.wasm';
import { companionKernels } from '../engine/companion.js';
import type { GraphKernels } from './abi.js';

/** The graph kernels over an engine's memory. They add nothing to a product, so that one build is enough for all engines. */
export const graphKernels = companionKernels<GraphKernels>('graph', () => hex);
