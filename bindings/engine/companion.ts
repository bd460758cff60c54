import type { Engine } from './engine.js';
import { decodeHex } from './hex.js';

/**
 * Further kernels over the memory of engines: one instance for each, made when it is first asked for.
 *
 * @param name as the debug engine, which brings kernels that check their arguments, calls its own
 * @param source the module for an engine, in hexadecimal
 */
export function companionKernels<K>(name: string, source: (engine: Engine) => string): (engine: Engine) => K {
  const made = new WeakMap<Engine, K>();
  return (engine) => {
    const known = made.get(engine);
    if (known) return known;
    const kernels = (engine.companions[name]?.(engine.memory) ?? instantiate(source(engine), engine.memory)) as K;
    made.set(engine, kernels);
    return kernels;
  };
}

function instantiate(hex: string, memory: WebAssembly.Memory): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(decodeHex(hex)), { env: { memory } }).exports;
}
