import { drawSeed } from '../manual-seed.js';
import { assertOptions, assertSeed, assertSize } from '../options.js';
import { uniform } from '../random.js';
import type { Parameter } from '../weights/state-dict.js';
import type { ModuleConfig } from './module.js';
import { Pool, type PoolOptions, type RowPlaces } from './pool.js';

/** Options of `AttentionPool`. */
export interface AttentionPoolOptions extends PoolOptions {
  /** F: features of a row. */
  inputSize: number;
  /** Seed of the initial weight, uniform in ±1/√F; a fresh one unless given. `null` leaves it zero: a mean. */
  seed?: number | null;
}

/**
 * The weighted mean of the valid steps, each weighted by softmax over time of w·x: the model learns where to look. One weight
 * vector, `weight` [1, F], as a torch.nn.Linear(F, 1) without bias.
 *
 * @example
 * ```ts
 * import { AttentionPool, GRU, Linear, Sequential } from 'hiddenstate';
 *
 * const model = new Sequential([
 *   new GRU({ inputSize: 4, hiddenSize: 8 }),
 *   new AttentionPool({ inputSize: 8 }), // [T, B, 8] to [B, 8]
 *   new Linear({ inFeatures: 8, outFeatures: 3 }),
 * ]);
 * const { output } = model.forward({ data: new Float32Array(40), dims: [5, 2, 4] });
 * console.log(output.dims); // [ 2, 3 ]
 * ```
 */
export class AttentionPool extends Pool {
  readonly inputSize: number;
  override readonly config: ModuleConfig;
  /** @internal */
  override readonly parameters: readonly Parameter[];
  private readonly weight: Float32Array;

  /** @throws {TypeError | RangeError} if an option has the wrong kind or value */
  constructor(options: AttentionPoolOptions) {
    assertOptions(options, ['inputSize', 'batchFirst', 'seed', 'engine'], 'AttentionPool');
    const { inputSize, seed = drawSeed(), ...rest } = options;
    assertSize(inputSize, 'AttentionPool: inputSize');
    assertSeed(seed, 'AttentionPool: seed');
    super(rest, 'AttentionPool');
    this.inputSize = inputSize;
    this.config = { type: 'AttentionPool', inputSize, batchFirst: this.batchFirst };
    this.weight = new Float32Array(inputSize);
    const dims = [1, inputSize];
    this.parameters = this.guarded([
      {
        name: 'weight',
        dims,
        read: () => this.weight.slice(),
        write: (data) => this.weight.set(data),
      },
    ]);
    if (seed !== null) this.weight.set(uniform(seed, 0, inputSize, 1 / Math.sqrt(inputSize)));
  }

  get outputSize(): number {
    return this.inputSize;
  }

  /** @internal */
  override poolRows(x: Float32Array, places: RowPlaces, width: number, out: Float32Array, to: number): void {
    const shares = this.shares(x, places, width);
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let t = 0; t < places.length; t++) sum += shares[t] * x[places[t] + i];
      out[to + i] = sum;
    }
  }

  /** @internal */
  override backRows(
    x: Float32Array,
    places: RowPlaces,
    width: number,
    d: Float32Array,
    from: number,
    dx: (step: number) => number,
    weight: number,
  ): void {
    const shares = this.shares(x, places, width);
    const dot = (t: number) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += d[from + i] * x[places[t] + i];
      return sum;
    };
    const dots = Float64Array.from(shares, (_, t) => dot(t));
    const mean = dots.reduce((sum, value, t) => sum + shares[t] * value, 0);
    for (let t = 0; t < places.length; t++) {
      const score = shares[t] * (dots[t] - mean);
      for (let i = 0; i < width; i++) {
        d[weight + i] += score * x[places[t] + i];
        d[dx(t) + i] = shares[t] * d[from + i] + score * this.weight[i];
      }
    }
  }

  /** @internal The softmax of a growing sequence: its greatest score and the sum of its terms are kept. */
  override advanceRow(
    x: Float32Array,
    from: number,
    width: number,
    value: Float32Array,
    at: number,
    weights: Float32Array,
    lane: number,
  ): void {
    let score = 0;
    for (let i = 0; i < width; i++) score += this.weight[i] * x[from + i];
    const before = weights[2 * lane + 1];
    const most = before === 0 ? score : Math.max(weights[2 * lane], score);
    const kept = before === 0 ? 0 : before * Math.exp(weights[2 * lane] - most);
    const own = Math.exp(score - most);
    const share = own / (kept + own);
    for (let i = 0; i < width; i++) value[at + i] += share * (x[from + i] - value[at + i]);
    weights[2 * lane] = most;
    weights[2 * lane + 1] = kept + own;
  }

  private shares(x: Float32Array, places: RowPlaces, width: number): Float64Array {
    const scores = Float64Array.from({ length: places.length }, (_, t) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += this.weight[i] * x[places[t] + i];
      return sum;
    });
    const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const terms = scores.map((score) => Math.exp(score - most));
    const total = terms.reduce((a, b) => a + b, 0);
    return terms.map((term) => term / total);
  }
}
