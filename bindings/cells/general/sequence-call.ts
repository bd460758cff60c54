/** Where the rows of a sequence are: row (t, b) at `address` + t · `stepStride` + b · `batchStride`, in wasm memory. */
export interface SequenceRows {
  /** In bytes. */
  readonly address: number;
  /** In floats; 0 lets every step write the same rows, so that the last one's stay. */
  readonly stepStride: number;
  readonly batchStride: number;
}

/** Where the rows of a state are: row b at `address` + b · `stride`. */
export interface StateRows {
  /** In bytes; 0 where there are none: zeros come in, nothing goes out. */
  readonly address: number;
  /** In floats. */
  readonly stride: number;
}

/** One run of a cell over a batch of sequences. Rows are tight; none may overlap another, but a state its successor. */
export interface SequenceCall {
  readonly steps: number;
  readonly batch: number;
  readonly x: SequenceRows;
  /** h of every step; nothing goes out unless given. */
  readonly y: SequenceRows | undefined;
  /** Initial and final states. */
  readonly h: StateRows;
  readonly c: StateRows;
  readonly lastH: StateRows;
  readonly lastC: StateRows;
  /** Begins with the last step. */
  readonly reverse: boolean;
  /** Whether outputs lie in the order in which steps were taken rather than that of time. */
  readonly inOrderTaken: boolean;
  /** Whether a masked step's output is zero rather than that of the step taken before it. */
  readonly zeroMasked: boolean;
  /**
   * Whether, where the first step is masked, its output is the initial h rather than zero: what it is for a sequence that
   * comes step by step, whose h is the output before.
   */
  readonly continues: boolean;
}

/** No state. */
export const NO_STATE: StateRows = { address: 0, stride: 0 };

/** Floats between rows (0, 0), (0, 1) … (1, 0) … where they are one distance apart, or 0. */
export function evenStride({ stepStride, batchStride }: SequenceRows, steps: number, batch: number): number {
  if (batch === 1) return stepStride;
  return steps === 1 || stepStride === batch * batchStride ? batchStride : 0;
}
