/**
 * hiddenstate: RNN, LSTM and GRU in SIMD WebAssembly. This entry carries the kernels and compiles them on first use.
 */
export * from './core.js';
