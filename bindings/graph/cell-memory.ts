import type { GeneralHost } from '../cells/general/general-cell.js';
import type { Kernels } from '../engine/abi.js';
import type { GraphKernels } from './abi.js';
import type { Memory } from './memory.js';
import type { Place } from './operator.js';

/** The memory of a step as a cell wants it: `f32` is always that of the present memory. */
export class CellMemory implements GeneralHost {
  readonly kernels: Kernels;
  readonly graphKernels: GraphKernels;
  private readonly memory: Memory;

  constructor({ memory, kernels, graphKernels }: Pick<Place, 'memory' | 'kernels' | 'graphKernels'>) {
    this.memory = memory;
    this.kernels = kernels;
    this.graphKernels = graphKernels;
  }

  get f32(): Float32Array<ArrayBuffer> {
    return this.memory.f32 as Float32Array<ArrayBuffer>;
  }
}
