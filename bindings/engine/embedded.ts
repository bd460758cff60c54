import relaxed from 'kernels.relaxed.wasm';
import baseline from 'kernels.simd.wasm';
import type { Simd } from './engine.js';
import { decodeHex } from './hex.js';

/**
 * The kernels that travel inside the package.
 *
 * @param simd `auto` takes the relaxed build where the host validates it
 * @throws {Error} if the host has no Wasm SIMD, or lacks the relaxed instructions asked for
 */
export function embeddedKernels(simd: 'auto' | Simd): Uint8Array<ArrayBuffer> {
  if (simd !== 'baseline') {
    const bytes = decodeHex(relaxed);
    if (WebAssembly.validate(bytes)) return bytes;
    if (simd === 'relaxed') {
      throw new Error(
        'createEngine: got simd "relaxed" on a host without Wasm relaxed SIMD, expected Node 22, Chrome 114, ' +
          'Firefox 145 or later (Node 20: --experimental-wasm-relaxed-simd), or simd "auto"',
      );
    }
  }
  const bytes = decodeHex(baseline);
  if (!WebAssembly.validate(bytes)) {
    throw new Error(
      'createEngine: got a host without Wasm SIMD, expected Node 16, Chrome 91, Firefox 89, Safari 16.4 or later',
    );
  }
  return bytes;
}
