import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue } from '../tensor.js';
import { Engine, type KernelSource, type Simd } from './engine.js';

/** Options of `createEngine`. */
export interface EngineOptions {
  /** `auto` (default) takes relaxed SIMD where the host has it; `baseline` gives the same bits on every machine. */
  simd?: 'auto' | Simd;
  /** Kernels of your own loading: the bytes of `hiddenstate/kernels.*.wasm`, or a module compiled from them. */
  source?: KernelSource;
}

/** Finds the embedded kernels of a build. */
export type EmbeddedKernels = (simd: 'auto' | Simd) => Uint8Array<ArrayBuffer>;

let embedded: EmbeddedKernels | undefined;
let shared: Engine | undefined;

/** Tells where `createEngine` finds kernels when it is given none. The entry with embedded bytes calls it. */
export function useEmbeddedKernels(find: EmbeddedKernels): void {
  embedded = find;
}

/**
 * Makes an engine, compiling synchronously.
 *
 * @param options see `EngineOptions`; `source` wins over `simd`
 * @throws {TypeError} if an option has the wrong kind
 * @throws {RangeError} if `simd` is unknown
 * @throws {Error} if there is no source and the entry embeds none (`hiddenstate/core`), or the host lacks Wasm SIMD
 */
export function createEngine(options: EngineOptions = {}): Engine {
  assertOptions(options, ['simd', 'source'], 'createEngine');
  const { simd = 'auto', source } = options;
  if (simd !== 'auto' && simd !== 'baseline' && simd !== 'relaxed') {
    throw rangeError(`createEngine: simd: got ${describeValue(simd)}, expected "auto", "baseline" or "relaxed"`);
  }
  return new Engine(checkSource(source) ?? find(simd));
}

/**
 * Compiles the shared engine asynchronously, for pages that refuse a synchronous compile. Without it the first layer
 * compiles synchronously, in about a millisecond.
 *
 * @returns the engine that layers use when they are given none; the same one at every call
 * @throws {Error} as `createEngine`
 */
export async function ready(): Promise<Engine> {
  if (shared) return shared;
  const module = await WebAssembly.compile(find('auto'));
  shared ??= new Engine(module);
  return shared;
}

/** The realm's shared engine, made on first use. */
export function sharedEngine(): Engine {
  shared ??= createEngine();
  return shared;
}

function find(simd: 'auto' | Simd): Uint8Array<ArrayBuffer> {
  if (!embedded) {
    throw new HiddenstateError(
      'HOST',
      'hiddenstate/core: got no kernels, expected { engine: createEngine({ source }) } with the bytes of ' +
        'hiddenstate/kernels.simd.wasm, or an import from "hiddenstate", which embeds them',
    );
  }
  return embedded(simd);
}

function checkSource(source: KernelSource | undefined): KernelSource | undefined {
  if (source === undefined || source instanceof WebAssembly.Module) return source;
  const tag = Object.prototype.toString.call(source);
  if (tag === '[object Uint8Array]' || tag === '[object ArrayBuffer]') return source;
  throw typeError(
    `createEngine: source: got ${describeValue(source)}, expected a Uint8Array, an ArrayBuffer or a WebAssembly.Module`,
  );
}
