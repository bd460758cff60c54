import { instantiateSync } from '@assemblyscript/loader';
import { inflateSync } from 'fflate';
import graph from 'graph.debug.wasm';
import debug from 'kernels.debug.wasm';
import spectra from 'spectra.debug.wasm';
import train from 'train.debug.wasm';
import type { Kernels } from './engine/abi.js';
import { Engine } from './engine/engine.js';
import { decodeHex } from './engine/hex.js';
import type { KernelSource } from './engine/kernel-source.js';

/**
 * An engine whose kernels check their arguments and say what is wrong and where: `gemm: rows must be a multiple of 8`.
 * For finding faults in code that calls kernels directly, several times slower than the release builds.
 *
 * @throws {Error} from any kernel whose precondition does not hold
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { createDebugEngine } from 'hiddenstate/debug';
 *
 * const gru = new GRU({ inputSize: 4, hiddenSize: 8, engine: createDebugEngine() });
 * console.log(gru.forward({ data: new Float32Array(20), dims: [5, 4] }).output.dims); // [ 5, 8 ]
 * ```
 */
export function createDebugEngine(): Engine {
  return new Engine(inflated(debug), instantiateDecoding, {
    graph: (memory) => instantiateDecoding(inflated(graph), memory),
    spectra: (memory) => instantiateDecoding(inflated(spectra), memory),
    train: (memory) => instantiateDecoding(inflated(train), memory),
  });
}

/** The bytes of a debug build, which is carried deflated. */
function inflated(hex: string): Uint8Array<ArrayBuffer> {
  return inflateSync(decodeHex(hex)) as Uint8Array<ArrayBuffer>;
}

/** The loader decodes the abort message, the source file and the line out of wasm memory. */
function instantiateDecoding(source: KernelSource, memory: WebAssembly.Memory): Kernels {
  return instantiateSync(source, { env: { memory } }).exports as unknown as Kernels;
}
