import { readFileSync } from 'node:fs';
import { createEngine, type Engine } from '../../bindings/core.js';
import { createDebugEngine } from '../../bindings/debug.js';
import type { KernelSource } from '../../bindings/engine/engine.js';

function kernelBytes(build: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../build/kernels.${build}.wasm`, import.meta.url)));
}

/** Every build of the kernels: each kernel suite runs once on each. */
export const BUILDS: readonly { readonly name: string; create(): Engine }[] = [
  { name: 'simd', create: () => createEngine({ source: kernelBytes('simd') as KernelSource }) },
  { name: 'relaxed', create: () => createEngine({ source: kernelBytes('relaxed') as KernelSource }) },
  { name: 'debug', create: () => createDebugEngine() },
];
