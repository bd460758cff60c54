import { padToLanes, padToTile } from '../../engine/abi.js';
import type { Embedding } from '../../layers/embedding.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import type { Limits, Link, Pass, Rows } from './link.js';

/** An Embedding on a tape: always its first link, its input a column of indices. */
export class EmbeddingLink implements Link {
  readonly output: Rows;
  /** i32, one a row; each checked before it is written. */
  readonly indices: Block;

  /** @param first place of its weight among the parameters */
  constructor(
    private readonly module: Embedding,
    plan: MemoryPlan,
    private readonly parameters: Parameters,
    private readonly first: number,
    { rows }: Limits,
  ) {
    const stride = padToTile(module.embeddingDim);
    this.indices = plan.reserve(rows);
    const [values, gradients] = [plan.reserve(rows * stride), plan.reserve(rows * stride)];
    this.output = { values, gradients, width: module.embeddingDim, stride };
  }

  forward({ layout: { rows } }: Pass): void {
    const { module, output, indices } = this;
    const padded = padToLanes(module.embeddingDim);
    const kernels = trainKernels(module.engine);
    kernels.gatherRows(output.values.address, module.table, indices.address, rows, padded, output.stride);
  }

  backward({ layout: { rows } }: Pass): void {
    const { module, output, indices, parameters, first } = this;
    const gradient = parameters.gradientAt(first);
    const dy = (output.gradients as Block).address;
    const kernels = trainKernels(module.engine);
    kernels.scatterAddRows(gradient, dy, indices.address, rows, module.embeddingDim, output.stride);
  }
}
