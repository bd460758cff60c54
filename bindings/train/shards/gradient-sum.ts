import { trainKernels } from '../kernels.js';
import type { Parameters } from '../parameters.js';

/** Adds the gradients of shards to those of a fit, each times its share of the batch. */
export class GradientSum {
  private readonly slabs;
  private readonly term: number;

  /** @throws {RangeError} if memory cannot hold one gradient more */
  constructor(private readonly parameters: Parameters) {
    this.slabs = parameters.engine.slabsFor(this, 'fit');
    this.term = this.slabs.allocate(parameters.size);
  }

  add(gradient: Float32Array, share: number): void {
    const { parameters, term } = this;
    const { engine, gradients, size } = parameters;
    parameters.assertAlive('gradient');
    const kernels = trainKernels(engine);
    engine.f32.set(gradient, term / 4);
    if (share !== 1) kernels.scale(term, size, share);
    kernels.addVector(gradients, term, size);
  }

  dispose(): void {
    this.slabs.release();
  }
}
