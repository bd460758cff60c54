import { padToTile } from '../../engine/abi.js';
import type { PackedLayout } from '../../layers/packed-sequence.js';
import type { Pool } from '../../layers/pool.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import type { Limits, Link, Pass, Rows } from './link.js';

/** How rows lie behind a pool: one for each sequence, in the order of the packed ones. */
export function pooledLayout({ batch, order }: PackedLayout): PackedLayout {
  return { steps: 1, batch, counts: Int32Array.of(batch), rows: batch, order };
}

/** A pool on a tape: many rows become one for each sequence. */
export class PoolLink implements Link {
  readonly output: Rows;

  /** @param first place of its weight among the parameters, if it has one */
  constructor(
    private readonly module: Pool,
    private readonly input: Rows,
    plan: MemoryPlan,
    private readonly parameters: Parameters,
    private readonly first: number,
    { batch }: Limits,
  ) {
    const stride = padToTile(input.width);
    const [values, gradients] = [plan.reserve(batch * stride), plan.reserve(batch * stride)];
    this.output = { values, gradients, width: input.width, stride };
  }

  forward({ layout }: Pass): void {
    const { module, input, output } = this;
    const { f32 } = module.engine;
    const to = output.values.address / 4;
    eachSequence(layout, (k, places) => {
      const rows = places.map((row) => input.values.address / 4 + row * input.stride);
      module.poolRows(f32, rows, input.width, f32, to + k * output.stride);
    });
  }

  backward({ layout }: Pass): void {
    const { module, input, output, parameters, first } = this;
    if (!input.gradients && module.parameters.length === 0) return;
    const { f32 } = module.engine;
    const from = (output.gradients as Block).address / 4;
    // Without anybody to ask for it, the gradient of the input still passes over its rows' values: they are done with.
    const dx = (input.gradients ?? input.values).address / 4;
    const weight = module.parameters.length > 0 ? parameters.gradientAt(first) / 4 : 0;
    eachSequence(layout, (k, places) => {
      const rows = places.map((row) => input.values.address / 4 + row * input.stride);
      const back = (step: number) => dx + places[step] * input.stride;
      module.backRows(f32, rows, input.width, f32, from + k * output.stride, back, weight);
    });
  }
}

/** Visits each sequence with its packed rows, step by step. */
function eachSequence({ steps, batch, counts }: PackedLayout, visit: (k: number, rows: Int32Array) => void): void {
  const rows = new Int32Array(steps);
  for (let k = 0; k < batch; k++) {
    let count = 0;
    for (let t = 0, begin = 0; t < steps && counts[t] > k; begin += counts[t++]) rows[count++] = begin + k;
    visit(k, rows.subarray(0, count));
  }
}
