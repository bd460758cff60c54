import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { createEngine } from '../../bindings/core.js';
import { createDebugEngine } from '../../bindings/debug.js';
import type { Kernels } from '../../bindings/engine/abi.js';
import { Engine } from '../../bindings/engine/engine.js';
import type { KernelSource } from '../../bindings/engine/kernel-source.js';

function kernelBytes(build: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../build/kernels.${build}.wasm`, import.meta.url)));
}

/** The relaxed build with int8 matrices laid out one way, whatever the host is fast at. */
function relaxedEngine(source: KernelSource, byteDots: boolean): Engine {
  return new Engine(source, (kernels, memory) => {
    const module = kernels instanceof WebAssembly.Module ? kernels : new WebAssembly.Module(kernels);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { ...exports, hasByteDots: () => Number(byteDots) } as unknown as Kernels;
  });
}

/**
 * The relaxed build compiled by nothing but V8's optimising compiler: that of Node 20, which no engine of ours would let
 * multiply bytes, does so wrongly before it optimises. An empty section keeps it apart from code that is compiled already.
 */
function optimised(): WebAssembly.Module {
  setFlagsFromString('--no-liftoff');
  setFlagsFromString('--no-wasm-lazy-compilation');
  const module = new WebAssembly.Module(Uint8Array.from([...kernelBytes('relaxed'), 0, 2, 1, 0x6f]));
  setFlagsFromString('--liftoff');
  setFlagsFromString('--wasm-lazy-compilation');
  return module;
}

/** Every build of the kernels: each kernel suite runs once on each. */
export const BUILDS: readonly { readonly name: string; create(): Engine }[] = [
  { name: 'simd', create: () => createEngine({ source: kernelBytes('simd') as KernelSource }) },
  { name: 'relaxed', create: () => relaxedEngine(kernelBytes('relaxed'), false) },
  { name: 'debug', create: () => createDebugEngine() },
];

/** The same for suites that have to do with int8, which the relaxed build multiplies in two ways. */
export const INT8_BUILDS: typeof BUILDS = [
  ...BUILDS,
  { name: 'bytes', create: () => relaxedEngine(optimised(), true) },
];
