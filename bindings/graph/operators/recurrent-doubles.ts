import { scalarFunction } from '../../cells/general/scalar-functions.js';
import { rangeError } from '../../errors.js';
import type { Values } from '../dtype.js';
import type { Computed, Prepared, Site } from '../operator.js';
import { overAll } from './over-arrays.js';
import type { Direction, RecurrentKind } from './recurrent-directions.js';
import type { RecurrentSizes } from './recurrent-sizes.js';

/** An array and where in it something begins. */
interface Run {
  readonly data: Values;
  readonly at: number;
}

/** What one direction reads and writes; what is left out has an empty array. */
interface Tensors {
  readonly x: Run;
  readonly w: Run;
  readonly r: Run;
  readonly b: Run;
  readonly lengths: Run;
  readonly h: Run;
  readonly c: Run;
  readonly p: Run;
  readonly y: Run;
  readonly lastH: Run;
  readonly lastC: Run;
}

/**
 * RNN, LSTM and GRU of float64, by the formulas of ONNX's specification: rare (exports of models in double precision), so that no
 * kernel is worth its bytes. Every option is taken.
 */
export function doubleRecurrent(
  site: Site,
  kind: RecurrentKind,
  sizes: RecurrentSizes,
  directions: readonly Direction[],
  outputs: readonly Computed[],
): Prepared {
  const cells = directions.map((direction) => new DoubleCell(site, kind, sizes, direction));
  const inputs = Array.from({ length: 8 }, (_, i) => site.inputs[i]);
  return overAll(inputs, outputs, (to, o, from, at) => {
    const given = (i: number): Run => ({ data: from[i], at: at[i] });
    const made = (i: number): Run => (i < outputs.length ? { data: to[i], at: o[i] } : given(7));
    const [x, w, r, b, lengths, h, c, p] = inputs.map((_, i) => given(i));
    const tensors = { x, w, r, b, lengths, h, c, p, y: made(0), lastH: made(1), lastC: made(2) };
    for (let d = 0; d < cells.length; d++) cells[d].run(tensors, d);
  });
}

/** One direction. */
class DoubleCell {
  private readonly gate: (x: number) => number;
  private readonly candidate: (x: number) => number;
  private readonly output: (x: number) => number;
  private readonly afterReset: boolean;
  private readonly coupled: boolean;
  /** Pre-activations of one step, gates in ONNX's order; of a GRU the recurrent part of the candidate after them. */
  private readonly sums: Float64Array;
  private readonly state: Float64Array;
  private readonly cell: Float64Array;

  constructor(
    private readonly site: Site,
    private readonly kind: RecurrentKind,
    private readonly sizes: RecurrentSizes,
    private readonly direction: Direction,
  ) {
    const { attributes } = site;
    const clip = attributes.float('clip', 0) || Number.POSITIVE_INFINITY;
    if (!(clip > 0)) throw rangeError(`${site.who}: clip: got ${clip}, expected 0 or more`);
    const { gate, candidate, output } = direction.functions;
    const made = ({ name, alpha, beta }: typeof gate) => scalarFunction(name as never, alpha, beta);
    const clipped = (f: (x: number) => number) => (x: number) => f(Math.min(Math.max(x, -clip), clip));
    this.gate = clipped(made(gate));
    this.candidate = clipped(made(candidate));
    this.output = made(output);
    this.afterReset = attributes.int('linear_before_reset', 0) !== 0;
    this.coupled = attributes.int('input_forget', 0) !== 0;
    const H = sizes.hiddenSize;
    this.sums = new Float64Array(5 * H);
    this.state = new Float64Array(H);
    this.cell = new Float64Array(H);
  }

  run(tensors: Tensors, d: number): void {
    const { steps, batch, hiddenSize: H, directions: D, batchFirst } = this.sizes;
    const { state, cell } = this;
    const { lengths, h, c, y, lastH, lastC } = tensors;
    const isLstm = this.kind === 'LSTM';
    for (let n = 0; n < batch; n++) {
      const rowOfState = (batchFirst ? n * D + d : d * batch + n) * H;
      const length = lengths.data.length ? lengths.data[lengths.at + n] : steps;
      if (!(length >= 0 && length <= steps)) {
        throw rangeError(`${this.site.who}: sequence_lens[${n}]: got ${length}, expected 0 to ${steps}`);
      }
      for (let i = 0; i < H; i++) {
        state[i] = h.data.length ? h.data[h.at + rowOfState + i] : 0;
        cell[i] = c.data.length ? c.data[c.at + rowOfState + i] : 0;
      }
      for (let k = 0; k < steps; k++) {
        const t = this.direction.reverse && k < length ? length - 1 - k : k;
        if (k < length) this.step(tensors, d, batchFirst ? n * steps + t : t * batch + n);
        const to = y.at + (batchFirst ? (n * steps + t) * D + d : (t * D + d) * batch + n) * H;
        for (let i = 0; i < H; i++) y.data[to + i] = k < length ? state[i] : 0;
      }
      for (let i = 0; i < H; i++) lastH.data[lastH.at + rowOfState + i] = state[i];
      if (isLstm) for (let i = 0; i < H; i++) lastC.data[lastC.at + rowOfState + i] = cell[i];
    }
  }

  private step({ x, w, r, b, p }: Tensors, d: number, row: number): void {
    const { inputSize: I, hiddenSize: H } = this.sizes;
    const { sums, state, kind } = this;
    const rows = { RNN: 1, LSTM: 4, GRU: 3 }[kind] * H;
    const [weights, recurrent] = [w.at + d * rows * I, r.at + d * rows * H];
    const bias = (i: number) => (b.data.length ? b.data[b.at + 2 * d * rows + i] : 0);
    // A GRU's candidate sees the state only after its reset gate.
    const isCandidate = (i: number) => kind === 'GRU' && i >= 2 * H;
    for (let i = 0; i < rows; i++) {
      let sum = bias(i);
      for (let j = 0; j < I; j++) sum += w.data[weights + i * I + j] * x.data[x.at + row * I + j];
      let back = bias(rows + i);
      if (!isCandidate(i) || this.afterReset) {
        for (let j = 0; j < H; j++) back += r.data[recurrent + i * H + j] * state[j];
      }
      if (isCandidate(i)) sums[i + H] = back;
      else sum += back;
      sums[i] = sum;
    }
    if (kind === 'LSTM') this.lstm(p, d);
    else if (kind === 'GRU') this.gru(r, recurrent);
    else for (let i = 0; i < H; i++) state[i] = this.gate(sums[i]);
  }

  /** Gates i o f c. */
  private lstm(p: Run, d: number): void {
    const { hiddenSize: H } = this.sizes;
    const { sums, state, cell, gate } = this;
    const peephole = (k: number, i: number) => (p.data.length ? p.data[p.at + (3 * d + k) * H + i] : 0);
    for (let i = 0; i < H; i++) {
      const input = gate(sums[i] + peephole(0, i) * cell[i]);
      const forget = this.coupled ? 1 - input : gate(sums[2 * H + i] + peephole(2, i) * cell[i]);
      cell[i] = forget * cell[i] + input * this.candidate(sums[3 * H + i]);
      state[i] = gate(sums[H + i] + peephole(1, i) * cell[i]) * this.output(cell[i]);
    }
  }

  /** Gates z r h. */
  private gru(r: Run, recurrent: number): void {
    const { hiddenSize: H } = this.sizes;
    const { sums, state, gate } = this;
    for (let i = 0; i < 2 * H; i++) sums[i] = gate(sums[i]);
    for (let i = 0; i < H; i++) {
      let back = sums[3 * H + i];
      if (this.afterReset) back *= sums[H + i];
      else for (let j = 0; j < H; j++) back += r.data[recurrent + (2 * H + i) * H + j] * (sums[H + j] * state[j]);
      sums[2 * H + i] = this.candidate(sums[2 * H + i] + back);
    }
    for (let i = 0; i < H; i++) state[i] = (1 - sums[i]) * sums[2 * H + i] + sums[i] * state[i];
  }
}
