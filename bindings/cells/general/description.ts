import { CELL_KINDS, type CellKind } from '../kind.js';
import { type Activation, isPlain } from './activation.js';

/** The functions of a cell: of its gates, of its candidate (or of an RNN's sum), and of an LSTM's c on its way to h. */
export interface GateFunctions {
  readonly gate: Activation;
  readonly candidate: Activation;
  readonly output: Activation;
}

/** One recurrent cell with all that ONNX and Keras let be said about it, but its weights. */
export interface CellDescription {
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  readonly functions: GateFunctions;
  /** GRU: whether the reset gate multiplies the recurrent product (with its bias) or the state before it. */
  readonly resetAfter: boolean;
  /** LSTM: f32[3·H], what i, f and o see of c, element by element; read anew at every step. */
  readonly peepholes?: Float32Array;
  /**
   * Bounds the sums that go into gates and candidate to ±clip; none unless given. An LSTM's c on its way to h is not bound,
   * though ONNX's text ("the input of activations") allows that reading: onnxruntime does not.
   */
  readonly clip?: number;
  /** LSTM: f = 1 − i. */
  readonly coupled: boolean;
}

/** How the cell's gates lie in memory. */
export function layoutOf({ kind, resetAfter }: CellDescription): CellKind {
  if (kind === 'LSTM') return CELL_KINDS.lstm;
  if (kind === 'GRU') return resetAfter ? CELL_KINDS.gru : CELL_KINDS.gruResetBefore;
  return CELL_KINDS.rnnTanh;
}

/** The fast kernel that computes the cell, where there is one. */
export function kernelOf(cell: CellDescription): CellKind | undefined {
  const { kind, functions, clip, coupled, peepholes } = cell;
  const { gate, candidate, output } = functions;
  if (clip !== undefined) return undefined;
  if (kind === 'RNN') {
    if (isPlain(candidate, 'relu')) return CELL_KINDS.rnnRelu;
    return isPlain(candidate, 'tanh') ? CELL_KINDS.rnnTanh : undefined;
  }
  if (!isPlain(gate, 'sigmoid') || !isPlain(candidate, 'tanh')) return undefined;
  if (kind === 'GRU') return layoutOf(cell);
  return isPlain(output, 'tanh') && !coupled && peepholes === undefined ? CELL_KINDS.lstm : undefined;
}
