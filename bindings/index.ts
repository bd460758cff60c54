/**
 * hiddenstate: RNN, LSTM and GRU in SIMD WebAssembly. This entry carries the kernels and compiles them on first use.
 */
import { useEmbeddedKernels } from './engine/default-engine.js';
import { embeddedKernels } from './engine/embedded.js';

export * from './core.js';

useEmbeddedKernels(embeddedKernels);
