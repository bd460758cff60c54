import { typeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue, readable, tagOf } from '../tensor.js';

/** A compiled kernel module or its bytes. */
export type KernelSource = WebAssembly.Module | Uint8Array<ArrayBuffer> | ArrayBuffer;

/** Kernels of your own loading, for hosts that compile no bytes while they serve a request. Of one build, simd or relaxed. */
export interface KernelSources {
  /** `hiddenstate/kernels.simd.wasm` or `hiddenstate/kernels.relaxed.wasm`. */
  core: KernelSource;
  /** `hiddenstate/graph.simd.wasm` or `hiddenstate/graph.relaxed.wasm`: for `/onnx`, `/keras` and `/ort`. */
  graph?: KernelSource;
  /** `hiddenstate/train.simd.wasm` or `hiddenstate/train.relaxed.wasm`: for `/train`. */
  train?: KernelSource;
  /** `hiddenstate/spectra.simd.wasm` or `hiddenstate/spectra.relaxed.wasm`: for models that transform frames to spectra. */
  spectra?: KernelSource;
  /** The audio kernels: for `/audio`. */
  audio?: KernelSource;
}

const NAMES = ['core', 'graph', 'spectra', 'train', 'audio'] as const;

/**
 * Sorts a source, or sources by name, after checking each of them.
 *
 * @throws {TypeError} if one is neither a module nor bytes, or there is none for `core`
 * @throws {RangeError} if there is a name that is not known
 */
export function checkSources(given: KernelSource | KernelSources, who: string): KernelSources {
  if (isSource(given)) return { core: given };
  if (typeof given !== 'object' || given === null || !readable(given) || !('core' in given))
    throw wrongSource(given, who);
  assertOptions(given, NAMES, who);
  for (const name of NAMES) {
    const source = given[name];
    if (!(isSource(source) || (name !== 'core' && source === undefined))) throw wrongSource(source, `${who}.${name}`);
  }
  return given;
}

/**
 * Makes the exports of a kernel module over a memory.
 *
 * @param source compiled synchronously if it is bytes
 * @throws {WebAssembly.CompileError} if the bytes are no wasm module, or the host refuses to compile them
 */
export function instantiateKernels(source: KernelSource, memory: WebAssembly.Memory): WebAssembly.Exports {
  const module = isModule(source) ? source : new WebAssembly.Module(source);
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}

/** By tag, not by `instanceof`: modules and arrays of another realm (an iframe, a test runner's sandbox) are welcome. */
function isModule(value: unknown): value is WebAssembly.Module {
  return tagOf(value) === 'WebAssembly.Module';
}

function isSource(value: unknown): value is KernelSource {
  return isModule(value) || tagOf(value) === 'Uint8Array' || tagOf(value) === 'ArrayBuffer';
}

function wrongSource(value: unknown, who: string): TypeError {
  return typeError(
    `${who}: got ${describeValue(value)}, expected a Uint8Array, an ArrayBuffer or a WebAssembly.Module`,
  );
}
