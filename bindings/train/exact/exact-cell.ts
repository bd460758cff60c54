import type { StateDict } from '../../tensor.js';
import { addOuter, addRows, affine, backward, columns, setColumns } from './matrices.js';

/** A layer's options that decide its equations. */
export interface CellOptions {
  readonly type: string;
  readonly nonlinearity?: unknown;
  readonly resetAfter?: unknown;
}

/** One step of a batch: the gates, and the state after it. */
export interface ExactStep {
  /** [B, G·H], after their functions, in PyTorch's order. Of an RNN its h. */
  readonly gates: Float64Array;
  /** [B, H]: W_hn·h + b_hn of a GRU that resets after the product, r ∘ h of one that resets before. */
  readonly apart: Float64Array | undefined;
  /** o ∘ tanh(c), before a projection. */
  readonly full: Float64Array | undefined;
  readonly h: Float64Array;
  readonly c: Float64Array | undefined;
}

/** Gradients of a step with respect to what went into it. */
export interface ExactGradients {
  readonly x: Float64Array;
  readonly h: Float64Array;
  readonly c: Float64Array | undefined;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Names of the gates in PyTorch's order. */
export const GATES: Readonly<Record<string, readonly string[]>> = {
  RNN: [],
  LSTM: ['input', 'forget', 'cell', 'output'],
  GRU: ['reset', 'update', 'new'],
};

/**
 * A recurrent cell in float64: torch.nn's equations, written for their gradients to be read, not for speed. Weights are those
 * of the layer, which float64 holds exactly.
 */
export class ExactCell {
  readonly hiddenSize: number;
  /** Floats of h: the projection's, if there is one. */
  readonly outputSize: number;
  readonly hasCellState: boolean;
  /** W_ih, W_hh, b_ih, b_hh, W_hr: those there are, by these names. */
  readonly weights: Readonly<Record<string, Float64Array>>;
  private readonly blocks: number;

  /** @param suffix of the names of the cell's weights: `_l0`, `_l1_reverse` */
  constructor(
    private readonly options: CellOptions,
    dict: StateDict,
    suffix: string,
  ) {
    const names = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh', 'weight_hr'];
    const there = names.filter((name) => dict[name + suffix] !== undefined);
    this.weights = Object.fromEntries(there.map((name) => [name, Float64Array.from(dict[name + suffix].data)]));
    const { dims } = dict[`weight_hh${suffix}`];
    this.blocks = Math.max(1, GATES[options.type].length);
    this.hiddenSize = dims[0] / this.blocks;
    this.outputSize = dims[1];
    this.hasCellState = options.type === 'LSTM';
  }

  /** Advances a batch by one step. */
  step(x: Float64Array, h: Float64Array, c: Float64Array | undefined): ExactStep {
    const { weight_ih, weight_hh, bias_ih, bias_hh } = this.weights;
    const rows = this.blocks * this.hiddenSize;
    const input = affine(weight_ih, bias_ih, x, rows);
    if (this.options.type === 'GRU' && this.options.resetAfter === false) return this.resetBefore(input, h);
    const recurrent = affine(weight_hh, bias_hh, h, rows);
    if (this.options.type === 'LSTM') return this.lstm(input, recurrent, c as Float64Array);
    if (this.options.type === 'GRU') return this.gru(input, recurrent, h);
    const function_ = this.options.nonlinearity === 'relu' ? (a: number) => Math.max(a, 0) : Math.tanh;
    const after = input.map((value, i) => function_(value + recurrent[i]));
    return { gates: after, apart: undefined, full: undefined, h: after, c: undefined };
  }

  /**
   * Takes gradients of a step's state back.
   *
   * @param before what went into the step
   * @param sums gradients of the weights, by name, to which those of this step are added times `scale`
   */
  back(
    step: ExactStep,
    before: { x: Float64Array; h: Float64Array; c: Float64Array | undefined },
    dh: Float64Array,
    dc: Float64Array | undefined,
    sums: Readonly<Record<string, Float64Array>>,
    scale: number,
  ): ExactGradients {
    const { weight_ih, weight_hh } = this.weights;
    const rows = this.blocks * this.hiddenSize;
    const gates = this.gateGradients(step, before, dh, dc, sums, scale);
    addOuter(sums.weight_ih, gates.input, before.x, rows, scale);
    if (sums.bias_ih) addRows(sums.bias_ih, gates.input, scale);
    if (sums.bias_hh) addRows(sums.bias_hh, gates.recurrent, scale);
    const x = backward(weight_ih, gates.input, rows);
    if (gates.h) return { x, h: gates.h, c: undefined };
    addOuter(sums.weight_hh, gates.recurrent, before.h, rows, scale);
    const h = backward(weight_hh, gates.recurrent, rows);
    if (gates.kept) for (let i = 0; i < h.length; i++) h[i] += gates.kept[i];
    return { x, h, c: gates.c };
  }

  private lstm(input: Float64Array, recurrent: Float64Array, before: Float64Array): ExactStep {
    const { hiddenSize: size } = this;
    const gates = input.map((value, i) => {
      const sum = value + recurrent[i];
      return Math.floor(i / size) % 4 === 2 ? Math.tanh(sum) : sigmoid(sum);
    });
    const c = before.map((value, i) => {
      const at = Math.floor(i / size) * 4 * size + (i % size);
      return gates[at + size] * value + gates[at] * gates[at + 2 * size];
    });
    const full = c.map((value, i) => gates[Math.floor(i / size) * 4 * size + 3 * size + (i % size)] * Math.tanh(value));
    const { weight_hr } = this.weights;
    const h = weight_hr ? affine(weight_hr, undefined, full, this.outputSize) : full;
    return { gates, apart: undefined, full, h, c };
  }

  private gru(input: Float64Array, recurrent: Float64Array, before: Float64Array): ExactStep {
    const { hiddenSize: size } = this;
    const gates = new Float64Array(input.length);
    for (let i = 0; i < input.length; i++) {
      const block = Math.floor(i / size) % 3;
      gates[i] =
        block < 2 ? sigmoid(input[i] + recurrent[i]) : Math.tanh(input[i] + gates[i - 2 * size] * recurrent[i]);
    }
    return {
      gates,
      apart: columns(recurrent, 3 * size, 2 * size, size),
      full: undefined,
      h: this.mix(gates, before),
      c: undefined,
    };
  }

  private resetBefore(input: Float64Array, before: Float64Array): ExactStep {
    const { hiddenSize: size } = this;
    const { weight_hh, bias_hh } = this.weights;
    const gates = new Float64Array(input.length);
    const first = affine(weight_hh.subarray(0, 2 * size * size), bias_hh?.subarray(0, 2 * size), before, 2 * size);
    const apart = before.map((value, i) => {
      const [row, unit] = [Math.floor(i / size), i % size];
      for (const block of [0, 1]) {
        const at = row * 3 * size + block * size + unit;
        gates[at] = sigmoid(input[at] + first[row * 2 * size + block * size + unit]);
      }
      return gates[row * 3 * size + unit] * value;
    });
    const last = affine(weight_hh.subarray(2 * size * size), bias_hh?.subarray(2 * size), apart, size);
    last.forEach((value, i) => {
      const at = Math.floor(i / size) * 3 * size + 2 * size + (i % size);
      gates[at] = Math.tanh(input[at] + value);
    });
    return { gates, apart, full: undefined, h: this.mix(gates, before), c: undefined };
  }

  /** h = (1 − z) ∘ n + z ∘ h */
  private mix(gates: Float64Array, before: Float64Array): Float64Array {
    const { hiddenSize: size } = this;
    return before.map((value, i) => {
      const at = Math.floor(i / size) * 3 * size + (i % size);
      const z = gates[at + size];
      return (1 - z) * gates[at + 2 * size] + z * value;
    });
  }

  /** Of the sums before the functions: for W_ih·x, for W_hh·h, and what h gets besides, or all of it. */
  private gateGradients(
    step: ExactStep,
    before: { h: Float64Array; c: Float64Array | undefined },
    dh: Float64Array,
    dc: Float64Array | undefined,
    sums: Readonly<Record<string, Float64Array>>,
    scale: number,
  ): { input: Float64Array; recurrent: Float64Array; kept?: Float64Array; h?: Float64Array; c?: Float64Array } {
    const { type, nonlinearity, resetAfter } = this.options;
    if (type === 'LSTM') return this.lstmGradients(step, before.c as Float64Array, dh, dc as Float64Array, sums, scale);
    if (type === 'GRU')
      return this.gruGradients(step, before.h, dh, resetAfter === false ? { sums, scale } : undefined);
    const slope = nonlinearity === 'relu' ? (y: number) => (y > 0 ? 1 : 0) : (y: number) => 1 - y * y;
    const input = dh.map((value, i) => value * slope(step.h[i]));
    return { input, recurrent: input };
  }

  private lstmGradients(
    { gates, full, c }: ExactStep,
    before: Float64Array,
    dh: Float64Array,
    dc: Float64Array,
    sums: Readonly<Record<string, Float64Array>>,
    scale: number,
  ) {
    const { hiddenSize: size, outputSize } = this;
    const { weight_hr } = this.weights;
    if (weight_hr) addOuter(sums.weight_hr, dh, full as Float64Array, outputSize, scale);
    const dfull = weight_hr ? backward(weight_hr, dh, outputSize) : dh;
    const input = new Float64Array(gates.length);
    const after = c as Float64Array;
    const cell = dc.map((value, k) => {
      const at = Math.floor(k / size) * 4 * size + (k % size);
      const [i, f, g, o] = [gates[at], gates[at + size], gates[at + 2 * size], gates[at + 3 * size]];
      const bent = Math.tanh(after[k]);
      const d = value + dfull[k] * o * (1 - bent * bent);
      input[at] = d * g * i * (1 - i);
      input[at + size] = d * before[k] * f * (1 - f);
      input[at + 2 * size] = d * i * (1 - g * g);
      input[at + 3 * size] = dfull[k] * bent * o * (1 - o);
      return d * f;
    });
    return { input, recurrent: input, c: cell };
  }

  private gruGradients(
    { gates, apart }: ExactStep,
    before: Float64Array,
    dh: Float64Array,
    resetBefore: { sums: Readonly<Record<string, Float64Array>>; scale: number } | undefined,
  ) {
    const { hiddenSize: size } = this;
    const input = new Float64Array(gates.length);
    const kept = new Float64Array(dh.length);
    dh.forEach((value, k) => {
      const at = Math.floor(k / size) * 3 * size + (k % size);
      const [r, z, n] = [gates[at], gates[at + size], gates[at + 2 * size]];
      const dn = value * (1 - z) * (1 - n * n);
      kept[k] = value * z;
      input[at] = dn * (apart as Float64Array)[k] * r * (1 - r);
      input[at + size] = value * (before[k] - n) * z * (1 - z);
      input[at + 2 * size] = dn;
    });
    if (resetBefore) return this.resetBeforeGradients(input, kept, gates, apart as Float64Array, before, resetBefore);
    const recurrent = input.map((value, i) => (Math.floor(i / size) % 3 === 2 ? value * gates[i - 2 * size] : value));
    return { input, recurrent, kept };
  }

  private resetBeforeGradients(
    input: Float64Array,
    kept: Float64Array,
    gates: Float64Array,
    apart: Float64Array,
    before: Float64Array,
    { sums, scale }: { sums: Readonly<Record<string, Float64Array>>; scale: number },
  ) {
    const { hiddenSize: size } = this;
    const { weight_hh } = this.weights;
    const split = 2 * size * size;
    const dn = columns(input, 3 * size, 2 * size, size);
    const dproduct = backward(weight_hh.subarray(split), dn, size);
    const dr = dproduct.map((value, k) => {
      const r = gates[Math.floor(k / size) * 3 * size + (k % size)];
      kept[k] += value * r;
      return value * before[k] * r * (1 - r);
    });
    setColumns(input, 3 * size, 0, dr, size);
    const first = columns(input, 3 * size, 0, 2 * size);
    addOuter(sums.weight_hh.subarray(0, split), first, before, 2 * size, scale);
    addOuter(sums.weight_hh.subarray(split), dn, apart, size, scale);
    const h = backward(weight_hh.subarray(0, split), first, 2 * size);
    for (let i = 0; i < h.length; i++) h[i] += kept[i];
    return { input, recurrent: input, h };
  }
}
