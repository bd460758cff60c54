/** The cells that are measured. */
export const CELLS = ['lstm', 'gru', 'rnn'] as const;

/** One of them. */
export type CellName = (typeof CELLS)[number];

/** Blocks of H rows in each weight matrix. */
const GATES: Readonly<Record<CellName, number>> = { lstm: 4, gru: 3, rnn: 1 };

/** A way of using a layer. */
export interface Workload {
  readonly name: 'step' | 'sequence' | 'batch';
  readonly title: string;
  /** T and B of one call. */
  readonly steps: number;
  readonly batch: number;
  readonly sizes: readonly number[];
  /** Measured time of one case, all contenders together. */
  readonly seconds: number;
}

/** One cell of one size (H = I) in one workload. */
export interface Case {
  readonly cell: CellName;
  readonly workload: Workload;
  readonly size: number;
}

/** What is measured. */
export interface Plan {
  /** Everything, at length, instead of what fits into a minute. */
  readonly full: boolean;
  readonly cells: readonly CellName[];
  /** H = I; those of the workload unless given. */
  readonly sizes: readonly number[] | undefined;
}

const SIZES = [16, 32, 64, 128, 256, 512];

function workloads(full: boolean): readonly Workload[] {
  const batchSteps = full ? 100 : 20;
  const seconds = full ? 2 : 0.7;
  return [
    { name: 'step', title: 'streaming, one step a call', steps: 1, batch: 1, sizes: SIZES, seconds },
    { name: 'sequence', title: 'a sequence of 100 steps a call', steps: 100, batch: 1, sizes: SIZES, seconds },
    {
      name: 'batch',
      title: `32 sequences of ${batchSteps} steps a call`,
      steps: batchSteps,
      batch: 32,
      sizes: full ? SIZES : [16, 64, 256],
      seconds,
    },
  ];
}

/** The cases of a plan: workload by workload, in each cell by cell, the sizes ascending. */
export function planCases({ full, cells, sizes }: Plan): Case[] {
  return workloads(full).flatMap((workload) =>
    cells.flatMap((cell) => (sizes ?? workload.sizes).map((size) => ({ cell, workload, size }))),
  );
}

/** Multiply-adds of one call. */
export function multiplyAdds({ cell, workload: { steps, batch }, size }: Case): number {
  return GATES[cell] * size * 2 * size * steps * batch;
}
