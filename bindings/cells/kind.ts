/** Which gates a recurrent kernel runs: the mirror of `Cell` in assembly/abi.ts, which a test compares with it. */
export const Cell = {
  RNN_TANH: 0,
  RNN_RELU: 1,
  LSTM: 2,
  GRU: 3,
  GRU_RESET_BEFORE: 4,
} as const;

/** One of the values of `Cell`. */
export type Cell = (typeof Cell)[keyof typeof Cell];

/**
 * All that sets a recurrent cell apart from the others on this side of the boundary: its gates, how their blocks lie in
 * memory, what state it keeps, what its kernel needs beside it, and what training remembers of a step.
 */
export interface CellKind {
  /** The number by which the kernels know it. */
  readonly cell: Cell;
  /** Blocks of H rows in each weight matrix, in PyTorch's order: LSTM i f g o, GRU r z n. */
  readonly gates: number;
  /** Whether a cell state c is kept beside h. */
  readonly hasCellState: boolean;
  /**
   * Which gate blocks share one recurrent matrix. One group for all, except where the candidate's product needs the
   * reset gate first: each later group multiplies what the cell kept of the step instead of h. No group for a cell whose gates
   * depend on the input alone: it has neither W_hh nor b_hh.
   */
  readonly recurrentGroups: readonly (readonly number[])[];
  /**
   * Whether a gate multiplies the recurrent product of another gate (reset-after GRU: r ∘ (U_n·h + c_n)). That product then
   * stays apart from the input's: with a bias b_hh of its own, a workspace of its own, and in training a gradient of its own.
   */
  readonly productApart: boolean;
  /** Whether training keeps f32[H] of each step beside the gates: LSTM tanh(c), GRU the candidate's product or r ∘ h. */
  readonly keeps: boolean;
}

// Each a constant of its own, of numbers only: a bundle with one kind of cell is then spared the others.
const RNN_TANH_KIND = {
  cell: 0 satisfies typeof Cell.RNN_TANH,
  gates: 1,
  hasCellState: false,
  recurrentGroups: [[0]],
  productApart: false,
  keeps: false,
} as const;

const RNN_RELU_KIND = {
  cell: 1 satisfies typeof Cell.RNN_RELU,
  gates: 1,
  hasCellState: false,
  recurrentGroups: [[0]],
  productApart: false,
  keeps: false,
} as const;

/** The cell of `LSTM` and `LSTMCell`. */
export const LSTM_KIND = {
  cell: 2 satisfies typeof Cell.LSTM,
  gates: 4,
  hasCellState: true,
  recurrentGroups: [[0, 1, 2, 3]],
  productApart: false,
  keeps: true,
} as const;

const GRU_KIND = {
  cell: 3 satisfies typeof Cell.GRU,
  gates: 3,
  hasCellState: false,
  recurrentGroups: [[0, 1, 2]],
  productApart: true,
  keeps: true,
} as const;

const GRU_RESET_BEFORE_KIND = {
  cell: 4 satisfies typeof Cell.GRU_RESET_BEFORE,
  gates: 3,
  hasCellState: false,
  recurrentGroups: [[0, 1], [2]],
  productApart: false,
  keeps: true,
} as const;

/** Every cell the kernels run. */
export const CELL_KINDS = {
  rnnTanh: RNN_TANH_KIND,
  rnnRelu: RNN_RELU_KIND,
  lstm: LSTM_KIND,
  gru: GRU_KIND,
  gruResetBefore: GRU_RESET_BEFORE_KIND,
} as const satisfies Record<string, CellKind>;
