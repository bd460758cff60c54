import relaxed from 'train.relaxed.wasm';
import baseline from 'train.simd.wasm';
import type { Engine } from '../engine/engine.js';
import { decodeHex } from '../engine/hex.js';
import type { TrainKernels } from './abi.js';

const made = new WeakMap<Engine, TrainKernels>();

/**
 * The train kernels over an engine's memory: one instance for each engine, of the build that the engine runs.
 *
 * @param engine any; a debug engine brings kernels that check their arguments
 */
export function trainKernels(engine: Engine): TrainKernels {
  const known = made.get(engine);
  if (known) return known;
  const kernels = instantiate(engine);
  made.set(engine, kernels);
  return kernels;
}

function instantiate({ companions, memory, simd }: Engine): TrainKernels {
  if (companions.train) return companions.train(memory) as TrainKernels;
  const module = new WebAssembly.Module(decodeHex(simd === 'relaxed' ? relaxed : baseline));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as TrainKernels;
}
