import { HiddenstateError } from '../errors.js';
import type { Engine } from './engine.js';
import { decodeHex } from './hex.js';
import { instantiateKernels } from './kernel-source.js';

/**
 * Further kernels over the memory of engines: one instance for each, made when it is first asked for.
 *
 * @param name as `createEngine` and the debug engine, which bring their own, call them
 * @param source the module for an engine, in hexadecimal
 */
export function companionKernels<K>(name: string, source: (engine: Engine) => string): (engine: Engine) => K {
  const made = new WeakMap<Engine, K>();
  return (engine) => {
    const known = made.get(engine);
    if (known) return known;
    const kernels = (engine.companions[name]?.(engine.memory) ?? compile(name, source(engine), engine.memory)) as K;
    made.set(engine, kernels);
    return kernels;
  };
}

function compile(name: string, hex: string, memory: WebAssembly.Memory): WebAssembly.Exports {
  try {
    return instantiateKernels(decodeHex(hex), memory);
  } catch (error) {
    throw new HiddenstateError(
      'HOST',
      `createEngine: source: got none for ${JSON.stringify(name)} on a host that compiles no bytes here ` +
        `(${(error as Error).message}), expected { core, ${name} }, modules of hiddenstate/kernels.*.wasm and hiddenstate/${name}.*.wasm`,
      { cause: error },
    );
  }
}
