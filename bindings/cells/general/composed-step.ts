import { padToLanes, padToTile } from '../../engine/abi.js';
import type { CellLayout } from '../layout.js';
import type { CellWeights } from '../weights.js';
import type { CellDescription } from './description.js';
import { type RowFunction, rowFunction } from './row-functions.js';
import type { CellStep } from './step.js';

/**
 * The step of any cell: products by the kernels, gates by functions of rows. Every option is a function or a branch of
 * one cell's update, so that options compose.
 */
export class ComposedStep implements CellStep {
  private readonly hidden: number;
  private readonly gate: RowFunction;
  private readonly candidate: RowFunction;
  private readonly output: RowFunction;

  constructor(
    private readonly weights: CellWeights,
    private readonly cell: CellDescription,
  ) {
    const { functions, clip } = cell;
    this.hidden = padToLanes(cell.hiddenSize);
    this.gate = clipped(rowFunction(functions.gate), clip);
    this.candidate = clipped(rowFunction(functions.candidate), clip);
    this.output = rowFunction(functions.output);
  }

  step(h: number, c: number, x: number, scratch: number, batch: number): void {
    const { kernels } = this.weights.engine;
    kernels.flushTiny(x, batch * this.weights.layout.inputStride);
    this.advance(h, c, x, scratch, batch);
    kernels.flushTiny(h, batch * this.hidden);
    if (c) kernels.flushTiny(c, batch * this.hidden);
  }

  private advance(h: number, c: number, x: number, scratch: number, batch: number): void {
    const { cell } = this;
    const { engine, wx, layout } = this.weights;
    const { inputStride, gateRows } = layout;
    const products = scratch + batch * gateRows * 4;
    engine.kernels.affine(scratch, wx, x, batch, gateRows, inputStride, gateRows, inputStride);
    if (cell.kind === 'GRU' && !cell.resetAfter) {
      this.gruResetBefore(h, scratch, products, batch);
      return;
    }
    this.multiply(products, 0, h, batch, gateRows);
    const { f32 } = engine;
    for (let b = 0; b < batch; b++) {
      const gates = scratch / 4 + b * gateRows;
      const recurrent = products / 4 + b * gateRows;
      const state = h / 4 + b * this.hidden;
      if (cell.kind === 'LSTM') this.lstm(f32, state, c / 4 + b * this.hidden, gates, recurrent);
      else if (cell.kind === 'GRU') this.gruResetAfter(f32, state, gates, recurrent);
      else this.rnn(f32, state, gates, recurrent);
    }
  }

  /** out = W_hh · x of a group of gates whose packed matrix begins `at` bytes into W_hh. */
  private multiply(out: number, at: number, x: number, batch: number, rows: number): void {
    const { engine, wh } = this.weights;
    engine.kernels.affine(out, wh + at, x, batch, rows, this.hidden, rows, this.hidden);
  }

  /** h = f(gates + recurrent) */
  private rnn(f32: Float32Array, h: number, gates: number, recurrent: number): void {
    const { hiddenSize } = this.cell;
    for (let j = 0; j < hiddenSize; j++) f32[h + j] = f32[gates + j] + f32[recurrent + j];
    this.candidate(f32, h, hiddenSize);
  }

  /** The gates i f g o in their rows, c in place, h last. */
  private lstm(f32: Float32Array, h: number, c: number, gates: number, recurrent: number): void {
    const { hiddenSize: size, peepholes, coupled } = this.cell;
    const { hidden } = this;
    const [i, f, g, o] = [gates, gates + hidden, gates + 2 * hidden, gates + 3 * hidden];
    for (let j = 0; j < 4 * hidden; j++) f32[gates + j] += f32[recurrent + j];
    if (peepholes) {
      for (let j = 0; j < size; j++) {
        f32[i + j] += peepholes[j] * f32[c + j];
        f32[f + j] += peepholes[size + j] * f32[c + j];
      }
    }
    this.gate(f32, i, size);
    if (coupled) for (let j = 0; j < size; j++) f32[f + j] = 1 - f32[i + j];
    else this.gate(f32, f, size);
    this.candidate(f32, g, size);
    for (let j = 0; j < size; j++) f32[c + j] = f32[f + j] * f32[c + j] + f32[i + j] * f32[g + j];
    if (peepholes) for (let j = 0; j < size; j++) f32[o + j] += peepholes[2 * size + j] * f32[c + j];
    this.gate(f32, o, size);
    f32.copyWithin(g, c, c + size);
    this.output(f32, g, size);
    for (let j = 0; j < size; j++) f32[h + j] = f32[o + j] * f32[g + j];
  }

  /** n = g(gates_n + r ∘ recurrent_n), h = (1 − z) ∘ n + z ∘ h */
  private gruResetAfter(f32: Float32Array, h: number, gates: number, recurrent: number): void {
    const { hiddenSize: size } = this.cell;
    const { hidden } = this;
    const [r, z, n] = [gates, gates + hidden, gates + 2 * hidden];
    for (let j = 0; j < 2 * hidden; j++) f32[gates + j] += f32[recurrent + j];
    this.gate(f32, r, size);
    this.gate(f32, z, size);
    for (let j = 0; j < size; j++) f32[n + j] += f32[r + j] * f32[recurrent + 2 * hidden + j];
    this.candidate(f32, n, size);
    blend(f32, h, z, n, size);
  }

  /** n = g(gates_n + U_n·(r ∘ h)): the whole batch gate by gate, for the second product. */
  private gruResetBefore(h: number, gates: number, products: number, batch: number): void {
    const { hiddenSize: size } = this.cell;
    const { hidden } = this;
    const { f32 } = this.weights.engine;
    const rows = this.weights.layout.gateRows;
    const gateRows = padToTile(2 * hidden);
    const candidateRows = rows - gateRows;
    const kept = products + batch * rows * 4;
    this.multiply(products, 0, h, batch, gateRows);
    for (let b = 0; b < batch; b++) {
      const r = gates / 4 + b * rows;
      const recurrent = products / 4 + b * gateRows;
      for (let j = 0; j < 2 * hidden; j++) f32[r + j] += f32[recurrent + j];
      this.gate(f32, r, size);
      this.gate(f32, r + hidden, size);
      const row = kept / 4 + b * hidden;
      for (let j = 0; j < size; j++) f32[row + j] = f32[r + j] * f32[h / 4 + b * hidden + j];
      f32.fill(0, row + size, row + hidden);
    }
    this.multiply(products, gateRows * (1 + hidden) * 4, kept, batch, candidateRows);
    for (let b = 0; b < batch; b++) {
      const z = gates / 4 + b * rows + hidden;
      const n = gates / 4 + b * rows + gateRows;
      const recurrent = products / 4 + b * candidateRows;
      for (let j = 0; j < size; j++) f32[n + j] += f32[recurrent + j];
      this.candidate(f32, n, size);
      blend(f32, h / 4 + b * hidden, z, n, size);
    }
  }
}

/** Floats that a step needs: W·x + b, then the recurrent products, then (reset before the product) r ∘ h. */
export function composedScratch({ gateRows, shape }: CellLayout, batch: number): number {
  return batch * (2 * gateRows + padToLanes(shape.hiddenSize));
}

/** h ← (1 − z) ∘ n + z ∘ h */
function blend(f32: Float32Array, h: number, z: number, n: number, size: number): void {
  for (let j = 0; j < size; j++) f32[h + j] = (1 - f32[z + j]) * f32[n + j] + f32[z + j] * f32[h + j];
}

/** A function that bounds its input first; NaN stays NaN. */
function clipped(f: RowFunction, clip: number | undefined): RowFunction {
  if (clip === undefined) return f;
  return (memory, at, size) => {
    for (let i = at; i < at + size; i++) memory[i] = Math.min(Math.max(memory[i], -clip), clip);
    f(memory, at, size);
  };
}
