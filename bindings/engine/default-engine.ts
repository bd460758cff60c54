import { HiddenstateError, rangeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue } from '../tensor.js';
import type { Kernels } from './abi.js';
// In hiddenstate/core the bundler puts no-kernels.ts in its place.
import { embeddedKernels, hostKernels } from './embedded.js';
import { type Companions, Engine, type Simd } from './engine.js';
import { checkSources, instantiateKernels, type KernelSource, type KernelSources } from './kernel-source.js';

/** Options of `createEngine`. */
export interface EngineOptions {
  /** `auto` (default) takes relaxed SIMD where the host has it; `baseline` gives the same bits on every machine. */
  simd?: 'auto' | Simd;
  /**
   * Kernels of your own loading: the bytes of `hiddenstate/kernels.*.wasm`, or a module compiled from them. With those of
   * models and training by name: `{ core, graph, train }`.
   */
  source?: KernelSource | KernelSources;
}

let shared: Engine | undefined;

/**
 * Makes an engine, compiling synchronously.
 *
 * @param options see `EngineOptions`; `source` wins over `simd`
 * @throws {TypeError} if an option has the wrong kind
 * @throws {RangeError} if `simd` is unknown
 * @throws {Error} if there is no source and the entry embeds none (`hiddenstate/core`), or the host lacks Wasm SIMD
 *
 * @example
 * ```ts
 * import { createEngine, GRU } from 'hiddenstate';
 *
 * const engine = createEngine({ simd: 'baseline' }); // the same bits on every machine
 * const gru = new GRU({ inputSize: 4, hiddenSize: 8, engine });
 * console.log(engine.simd, gru.engine === engine); // baseline true
 * ```
 */
export function createEngine(options: EngineOptions = {}): Engine {
  assertOptions(options, ['simd', 'source'], 'createEngine');
  const { simd = 'auto', source } = options;
  if (simd !== 'auto' && simd !== 'baseline' && simd !== 'relaxed') {
    throw rangeError(`createEngine: simd: got ${describeValue(simd)}, expected "auto", "baseline" or "relaxed"`);
  }
  if (source === undefined) return new Engine(embeddedKernels(simd));
  const { core, ...further } = checkSources(source, 'createEngine: source');
  return new Engine(core, instantiateCore, companionsOf(further));
}

/**
 * Compiles the shared engine asynchronously, for pages that refuse a synchronous compile. Without it the first layer
 * compiles synchronously, in about a millisecond.
 *
 * @returns the engine that layers use when they are given none; the same one at every call
 * @throws {Error} as `createEngine`
 *
 * @example
 * ```ts
 * import { GRU, ready } from 'hiddenstate';
 *
 * await ready(); // compiles while a page loads; layers made afterwards find the kernels there
 * const gru = new GRU({ inputSize: 4, hiddenSize: 8 });
 * console.log(gru.engine === (await ready())); // true
 * ```
 */
export async function ready(): Promise<Engine> {
  if (shared) return shared;
  const module = await WebAssembly.compile(hostKernels());
  shared ??= new Engine(module);
  return shared;
}

/**
 * The engine that layers use when they are given none, compiled synchronously on first use: what `ready()` gives without waiting.
 * Apart from `createEngine`, whose checks a bundle without it can do without.
 *
 * @throws {Error} as `createEngine`
 *
 * @example
 * ```ts
 * import { GRU, sharedEngine } from 'hiddenstate';
 *
 * const gru = new GRU({ inputSize: 4, hiddenSize: 8 });
 * console.log(gru.engine === sharedEngine()); // true
 * ```
 */
export function sharedEngine(): Engine {
  shared ??= new Engine(hostKernels());
  return shared;
}

function instantiateCore(source: KernelSource, memory: WebAssembly.Memory): Kernels {
  const kernels = instantiateKernels(source, memory) as unknown as Kernels;
  if (typeof kernels.cellStep === 'function') return kernels;
  throw new HiddenstateError(
    'HOST',
    'createEngine: source: got a wasm module of another kind, expected hiddenstate/kernels.*.wasm',
  );
}

function companionsOf(sources: Omit<KernelSources, 'core'>): Companions {
  const given = Object.entries(sources).filter(([, source]) => source !== undefined);
  return Object.fromEntries(
    given.map(([name, source]) => [name, (memory) => instantiateKernels(source as KernelSource, memory)]),
  );
}
