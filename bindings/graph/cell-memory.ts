import type { CellHost } from '../cells/weights.js';
import type { Kernels } from '../engine/abi.js';
import type { Memory } from './memory.js';
import type { Place } from './operator.js';

/** The memory of a step as a cell wants it: `f32` is always that of the present memory. */
export class CellMemory implements CellHost {
  readonly kernels: Kernels;
  private readonly memory: Memory;

  constructor({ memory, kernels }: Pick<Place, 'memory' | 'kernels'>) {
    this.memory = memory;
    this.kernels = kernels;
  }

  get f32(): Float32Array<ArrayBuffer> {
    return this.memory.f32 as Float32Array<ArrayBuffer>;
  }
}
