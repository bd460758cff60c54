import type { StateDict } from '../tensor.js';
import { affineMany, affineRows, affineSum } from './plain-products.js';

/** One layer of a stack: weights as PyTorch lays them out, and the state and sums of `batch` sequences. */
interface Level {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly weightIh: Float32Array;
  readonly weightHh: Float32Array;
  /** Added to the input sums: b_ih + b_hh, or b_ih alone where the cell keeps the recurrent sums apart. */
  readonly inputBias: Float32Array;
  /** b_hh, read only where the cell keeps the recurrent sums apart. */
  readonly recurrentBias: Float32Array;
  readonly h: Float32Array;
  readonly c: Float32Array;
  /** f32[B, gates · H]: all sums of one step, or the recurrent ones where the cell keeps them apart. */
  readonly sums: Float32Array;
  /** f32[T · B, gates · H]: input sums of a sequence; grows to the longest one seen. */
  inputSums: Float32Array;
  /** f32[T, B, H]: what the next layer of a sequence reads; grows likewise. */
  output: Float32Array;
}

/** A stack of unidirectional recurrent layers in plain JavaScript; the subclasses say what a cell does with its sums. */
abstract class PlainStack {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly batch: number;
  protected readonly levels: Level[] = [];
  readonly #who: string;
  readonly #rows: number;
  readonly #keepsApart: boolean;

  protected constructor(who: string, dict: StateDict, gates: number, keepsApart: boolean, batch: number) {
    this.#who = who;
    const size = (index: number) => parameter(who, dict, 'weight_ih_l0').dims[index];
    this.inputSize = size(1);
    this.hiddenSize = size(0) / gates;
    this.batch = batch;
    this.#rows = size(0);
    this.#keepsApart = keepsApart;
    for (let layer = 0; `weight_ih_l${layer}` in dict; layer++) {
      const inputSize = layer === 0 ? this.inputSize : this.hiddenSize;
      this.levels.push(this.#readLevel(dict, layer, inputSize));
    }
    const expected = this.levels.length * (`bias_ih_l0` in dict ? 4 : 2);
    if (Object.keys(dict).length !== expected) {
      throw new Error(
        `${who}: got the tensors ${Object.keys(dict).join(', ')}, expected those of unidirectional layers alone`,
      );
    }
  }

  /** Turns the finished sums of one step into the new state of `level`; `inputAt` is where its step begins in inputSums. */
  protected abstract update(level: Level, inputAt: number): void;

  /** Sets the state of all layers to zeros. */
  reset(): void {
    for (const level of this.levels) {
      level.h.fill(0);
      level.c.fill(0);
    }
  }

  /**
   * Advances all layers by one time step.
   *
   * @param x    f32[B, I]
   * @param out  f32[B, H], written: h of the last layer
   * @throws RangeError for an x or out of another length
   */
  step(x: Float32Array, out: Float32Array): void {
    this.#checkLengths('step', x, 1, out);
    if (this.batch > 1) {
      this.sequence(x, 1, out);
      return;
    }
    let input = x;
    for (const level of this.levels) {
      const { sums, weightIh, weightHh, inputBias, inputSums, inputSize, hiddenSize, h } = level;
      if (this.#keepsApart) {
        affineRows(inputSums, 0, inputBias, 0, weightIh, input, 0, inputSize, 0, this.#rows);
        affineRows(sums, 0, level.recurrentBias, 0, weightHh, h, 0, hiddenSize, 0, this.#rows);
      } else {
        affineSum(sums, inputBias, weightIh, input, weightHh, h);
      }
      this.update(level, 0);
      input = h;
    }
    out.set(input);
  }

  /**
   * Advances all layers by `steps` time steps; the products with the inputs are done for all steps at once.
   *
   * @param x    f32[T, B, I]
   * @param out  f32[T, B, H], written: h of the last layer at each step
   * @throws RangeError for an x or out of another length
   */
  sequence(x: Float32Array, steps: number, out: Float32Array): void {
    this.#checkLengths('sequence', x, steps, out);
    const last = this.levels[this.levels.length - 1];
    let input = x;
    for (const level of this.levels) {
      const output = level === last ? out : this.#outputOf(level, steps);
      this.#layerSequence(level, input, steps, output);
      input = output;
    }
  }

  #layerSequence(level: Level, input: Float32Array, steps: number, output: Float32Array): void {
    const { batch } = this;
    const rows = this.#rows;
    const { weightIh, weightHh, inputBias, recurrentBias, inputSize, hiddenSize, h, sums } = level;
    if (level.inputSums.length < steps * batch * rows) {
      level.inputSums = new Float32Array(steps * batch * rows);
    }
    const { inputSums } = level;
    affineMany(inputSums, inputBias, 0, 0, weightIh, input, inputSize, rows, steps * batch);
    for (let t = 0; t < steps; t++) {
      const inputAt = t * batch * rows;
      if (this.#keepsApart) {
        affineMany(sums, recurrentBias, 0, 0, weightHh, h, hiddenSize, rows, batch);
      } else {
        affineMany(sums, inputSums, inputAt, rows, weightHh, h, hiddenSize, rows, batch);
      }
      this.update(level, inputAt);
      output.set(h, t * batch * hiddenSize);
    }
  }

  #checkLengths(method: string, x: Float32Array, steps: number, out: Float32Array): void {
    const { inputSize, hiddenSize, batch } = this;
    if (x.length !== steps * batch * inputSize || out.length !== steps * batch * hiddenSize) {
      throw new RangeError(
        `${this.#who}.${method}: got x of ${x.length} and out of ${out.length} elements, ` +
          `expected ${steps * batch * inputSize} and ${steps * batch * hiddenSize}`,
      );
    }
  }

  #outputOf(level: Level, steps: number): Float32Array {
    const size = steps * this.batch * this.hiddenSize;
    if (level.output.length < size) {
      level.output = new Float32Array(size);
    }
    return level.output;
  }

  #readLevel(dict: StateDict, layer: number, inputSize: number): Level {
    const { hiddenSize, batch } = this;
    const who = this.#who;
    const rows = this.#rows;
    const read = (name: string, dims: number[]) => {
      const tensor = parameter(who, dict, `${name}_l${layer}`);
      if (tensor.dims.join() !== dims.join()) {
        throw new RangeError(`${who}: got ${name}_l${layer} of [${tensor.dims}], expected [${dims}]`);
      }
      return tensor.data;
    };
    const bias = 'bias_ih_l0' in dict;
    const biasIh = bias ? read('bias_ih', [rows]) : new Float32Array(rows);
    const biasHh = bias ? read('bias_hh', [rows]) : new Float32Array(rows);
    return {
      inputSize,
      hiddenSize,
      weightIh: read('weight_ih', [rows, inputSize]),
      weightHh: read('weight_hh', [rows, hiddenSize]),
      inputBias: this.#keepsApart ? biasIh : biasIh.map((value, row) => value + biasHh[row]),
      recurrentBias: biasHh,
      h: new Float32Array(batch * hiddenSize),
      c: new Float32Array(batch * hiddenSize),
      sums: new Float32Array(batch * rows),
      inputSums: new Float32Array(batch * rows),
      output: new Float32Array(0),
    };
  }
}

/**
 * torch.nn.RNN with tanh in plain JavaScript: h ← tanh(W_ih x + b_ih + W_hh h + b_hh). Unidirectional, any number of layers.
 * What the library measures itself against; see `plain-products.ts` for what was tried.
 */
export class PlainRNN extends PlainStack {
  /**
   * @param dict   weights under PyTorch's names, used where they lie: they must not change afterwards
   * @param batch  sequences advanced together
   * @throws Error for a missing tensor or one too many, RangeError for a misshapen one
   */
  constructor(dict: StateDict, batch = 1) {
    super('PlainRNN', dict, 1, false, batch);
  }

  protected override update({ h, sums }: Level): void {
    for (let k = 0; k < h.length; k++) {
      h[k] = Math.tanh(sums[k]);
    }
  }
}

/**
 * torch.nn.LSTM without projection in plain JavaScript. Unidirectional, any number of layers.
 *
 *   c ← σ(f) ∘ c + σ(i) ∘ tanh(g)      h ← σ(o) ∘ tanh(c)
 */
export class PlainLSTM extends PlainStack {
  /**
   * @param dict   weights under PyTorch's names, used where they lie: they must not change afterwards
   * @param batch  sequences advanced together
   * @throws Error for a missing tensor or one too many, RangeError for a misshapen one
   */
  constructor(dict: StateDict, batch = 1) {
    super('PlainLSTM', dict, 4, false, batch);
  }

  protected override update({ h, c, sums, hiddenSize }: Level): void {
    for (let b = 0, i = 0; b < h.length; b += hiddenSize, i += 3 * hiddenSize) {
      for (let k = b; k < b + hiddenSize; k++, i++) {
        const f = i + hiddenSize;
        const g = f + hiddenSize;
        const cell = sigmoid(sums[f]) * c[k] + sigmoid(sums[i]) * Math.tanh(sums[g]);
        c[k] = cell;
        h[k] = sigmoid(sums[g + hiddenSize]) * Math.tanh(cell);
      }
    }
  }
}

/**
 * torch.nn.GRU in plain JavaScript, reset after the product. Unidirectional, any number of layers.
 *
 *   n = tanh(W_in x + b_in + σ(r) ∘ (W_hn h + b_hn))      h ← (1 − σ(z)) ∘ n + σ(z) ∘ h
 */
export class PlainGRU extends PlainStack {
  /**
   * @param dict   weights under PyTorch's names, used where they lie: they must not change afterwards
   * @param batch  sequences advanced together
   * @throws Error for a missing tensor or one too many, RangeError for a misshapen one
   */
  constructor(dict: StateDict, batch = 1) {
    super('PlainGRU', dict, 3, true, batch);
  }

  protected override update({ h, sums, inputSums, hiddenSize }: Level, inputAt: number): void {
    for (let b = 0, r = 0; b < h.length; b += hiddenSize, r += 2 * hiddenSize) {
      for (let k = b; k < b + hiddenSize; k++, r++) {
        const z = r + hiddenSize;
        const n = z + hiddenSize;
        const reset = sigmoid(inputSums[inputAt + r] + sums[r]);
        const update = sigmoid(inputSums[inputAt + z] + sums[z]);
        const candidate = Math.tanh(inputSums[inputAt + n] + reset * sums[n]);
        h[k] = candidate + update * (h[k] - candidate);
      }
    }
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function parameter(who: string, dict: StateDict, name: string): StateDict[string] {
  const tensor = dict[name];
  if (tensor === undefined) {
    throw new Error(`${who}: got no ${name}, expected the weights of a unidirectional layer`);
  }
  return tensor;
}
