import relaxed from 'kernels.relaxed.wasm';
import baseline from 'kernels.simd.wasm';
import { HiddenstateError } from '../errors.js';
import type { Simd } from './engine.js';
import { decodeHex } from './hex.js';

/** Finds the bytes of a build's kernels. */
export type EmbeddedKernels = (simd: 'auto' | Simd) => Uint8Array<ArrayBuffer>;

/**
 * The kernels that travel inside the package, those of one build.
 *
 * @throws {Error} if the host has no Wasm SIMD, or lacks the relaxed instructions asked for
 */
export function embeddedKernels(simd: 'auto' | Simd): Uint8Array<ArrayBuffer> {
  if (simd === 'baseline') return baselineKernels();
  if (simd === 'relaxed' && !has(RELAXED_SWIZZLE)) {
    throw new HiddenstateError(
      'HOST',
      'createEngine: got simd "relaxed" on a host without Wasm relaxed SIMD, expected Node 22, Chrome 114, ' +
        'Firefox 145 or later (Node 20: --experimental-wasm-relaxed-simd), or simd "auto"',
    );
  }
  return hostKernels();
}

/**
 * The kernels for this host: the relaxed build where it has the instructions.
 *
 * @throws {Error} if the host has no Wasm SIMD
 */
export function hostKernels(): Uint8Array<ArrayBuffer> {
  return has(RELAXED_SWIZZLE) ? decodeHex(relaxed) : baselineKernels();
}

function baselineKernels(): Uint8Array<ArrayBuffer> {
  if (!has(SWIZZLE)) {
    throw new HiddenstateError(
      'HOST',
      'createEngine: got a host without Wasm SIMD, expected Node 16, Chrome 91, Firefox 89, Safari 16.4 or later',
    );
  }
  return decodeHex(baseline);
}

const SWIZZLE = '8e00';
const RELAXED_SWIZZLE = '8002';

/** Asks with a module of one instruction: to have the kernels validated would be to have them decoded twice. */
function has(instruction: string): boolean {
  return WebAssembly.validate(
    decodeHex(`0061736d010000000105016000017b030201000a0f010d004100fd0f4100fd0ffd${instruction}0b`),
  );
}
