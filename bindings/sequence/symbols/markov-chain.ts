import { inverse, Matrix, solve } from 'ml-matrix';
import { HiddenstateError, rangeError } from '../../errors.js';
import { assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { attempt } from '../attempt.js';
import { JsonFields } from '../json-fields.js';
import { type SymbolCursor, SymbolModel } from './symbol-model.js';
import type { SymbolOptions } from './symbol-table.js';

/** Options of `MarkovChain`. */
export interface MarkovChainOptions extends SymbolOptions {
  /** Added to every count (default: 1, Laplace). With 0 only what was seen can come. */
  smoothing?: number;
}

/** A matrix of more symbols would not fit into memory. */
const MOST_SYMBOLS = 4096;

/**
 * The Markov model of symbols: the next depends on the last alone, so the joint probability is a product,
 * p(x₁ … x_T) = p(x₁) ∏ p(x_t | x_{t−1}), with p(x₁) the frequency of the symbol.
 *
 * @example
 * ```ts
 * import { MarkovChain } from 'hiddenstate/sequence';
 *
 * const model = new MarkovChain({ smoothing: 0 }).fit(['sun', 'sun', 'rain', 'sun', 'rain']);
 * console.log(model.symbols); // [ 'rain', 'sun' ]
 * console.log(model.transitionMatrix()[model.symbols.indexOf('rain')].join(' ')); // 0 1
 * ```
 */
export class MarkovChain extends SymbolModel {
  readonly type = 'MarkovChain';
  /** Added to every count. */
  readonly smoothing: number;
  /** counts[a·V + b]: how often b followed a. */
  private counts: Float64Array = new Float64Array();
  /** How often each symbol stood in the sequence. */
  private frequencies: Float64Array = new Float64Array();
  private last = 0;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: MarkovChainOptions = {}) {
    super(options, ['smoothing'], 'MarkovChain');
    const { smoothing = 1 } = options;
    if (!(Number.isFinite(smoothing) && smoothing >= 0)) {
      throw rangeError(`MarkovChain: smoothing: got ${describeValue(smoothing)}, expected a number of at least 0`);
    }
    this.smoothing = smoothing;
  }

  override fit(sequence: Iterable<string>): this {
    return this.learnFrom(sequence);
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): MarkovChain {
    const who = 'MarkovChain.fromJSON';
    const own = ['smoothing', 'last', 'counts', 'frequencies'];
    const fields = new JsonFields(json, ['type', 'symbols', 'unknown', ...own], who);
    const model = new MarkovChain({
      smoothing: fields.number('smoothing', 0),
      ...fields.optional('unknown', (name) => fields.text(name)),
    });
    const { size } = model.restoreSymbols(fields, who);
    assertFewEnough(size, who);
    model.last = fields.integer('last', 0, size - 1);
    model.counts = fields.numbers('counts', size * size);
    model.frequencies = fields.numbers('frequencies', size);
    if (model.counts.some((count) => count < 0) || model.frequencies.some((count) => count < 0)) {
      throw rangeError(`${who}: counts: got a negative one, expected none below 0`);
    }
    return model;
  }

  /** p(b | a) in row a, column b, in the order of `symbols`. @throws {Error} before `fit` */
  transitionMatrix(): Float64Array[] {
    return this.symbols.map((_, from) => this.rowAfter(from));
  }

  /** p(x₁): the frequencies of the symbols. @throws {Error} before `fit` */
  initialDistribution(): Float64Array {
    return normalise(this.fittedTable('initialDistribution') && this.frequencies, this.smoothing);
  }

  /**
   * The distribution that a step leaves as it is, π = πP: the share of time spent at each symbol in the long run.
   *
   * @throws {Error} if there are several, because some symbols never lead to others
   */
  stationaryDistribution(): Float64Array {
    const size = this.symbols.length;
    const system = new Matrix(this.transitionMatrix()).transpose().sub(Matrix.eye(size, size));
    // One of the equations follows from the rest; that the shares sum to 1 takes its place.
    system.setRow(size - 1, new Array(size).fill(1));
    const right = Matrix.zeros(size, 1);
    right.set(size - 1, 0, 1);
    const shares = attempt(() => solve(system, right).to1DArray());
    if (shares?.every((share) => share > -1e-9 && Number.isFinite(share)))
      return Float64Array.from(shares, (share) => Math.max(0, share));
    throw new HiddenstateError(
      'DATA',
      'MarkovChain.stationaryDistribution: got a chain that falls apart, expected symbols that lead to each other; fit it with smoothing above 0',
    );
  }

  /**
   * p(x_{t+n} = b | x_t = a) in row a, column b.
   *
   * @param steps n, from 0
   * @throws {TypeError | RangeError} if it is no such integer
   * @throws {Error} before `fit`
   */
  stepMatrix(steps: number): Float64Array[] {
    assertSize(steps, 'MarkovChain.stepMatrix: steps', 0);
    const size = this.symbols.length;
    let [power, result] = [new Matrix(this.transitionMatrix()), Matrix.eye(size, size)];
    for (let left = steps; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) result = result.mmul(power);
      if (left > 1) power = power.mmul(power);
    }
    return result.to2DArray().map((row) => Float64Array.from(row));
  }

  /**
   * How many steps it takes on average until a symbol comes: 0 from itself, Infinity from where it may never.
   *
   * @returns one for each symbol to start from
   * @throws {RangeError} if the symbol is unknown
   */
  hittingTimes(target: string): Float64Array {
    const [goal] = this.fittedTable('hittingTimes').encode([target], 'MarkovChain.hittingTimes');
    const matrix = this.transitionMatrix();
    const certain = certainStates(matrix, goal);
    const times = new Float64Array(matrix.length).fill(Number.POSITIVE_INFINITY);
    times[goal] = 0;
    if (certain.length === 0) return times;
    // (I − Q)·h = 1 over the symbols from which the goal is certain.
    const system = new Matrix(certain.map((a) => certain.map((b) => (a === b ? 1 : 0) - matrix[a][b])));
    const solution = inverse(system).mmul(Matrix.ones(certain.length, 1)).to1DArray();
    certain.forEach((state, i) => {
      times[state] = solution[i];
    });
    return times;
  }

  protected learn(indices: Int32Array, size: number): void {
    assertFewEnough(size, 'MarkovChain.fit');
    this.counts = new Float64Array(size * size);
    this.frequencies = new Float64Array(size);
    indices.forEach((index, t) => {
      this.frequencies[index]++;
      if (t > 0) this.counts[indices[t - 1] * size + index]++;
    });
    this.last = indices[indices.length - 1];
  }

  protected fields(): Record<string, unknown> {
    const { smoothing, last, counts, frequencies } = this;
    return { smoothing, last, counts: Array.from(counts), frequencies: Array.from(frequencies) };
  }

  protected open(past: Int32Array | undefined): SymbolCursor {
    const initial = this.initialDistribution();
    let last = past ? past[past.length - 1] : this.last;
    return {
      predict: () => (last === undefined ? initial : this.rowAfter(last)),
      observe: (index) => {
        last = index;
      },
    };
  }

  private rowAfter(from: number): Float64Array {
    const size = this.symbols.length;
    return normalise(this.counts.subarray(from * size, (from + 1) * size), this.smoothing);
  }
}

function assertFewEnough(size: number, who: string): void {
  if (size <= MOST_SYMBOLS) return;
  throw rangeError(`${who}: got ${size} symbols, expected at most ${MOST_SYMBOLS}; an NGram of order 2 takes more`);
}

/** Counts as probabilities, something added to each; all alike where there is nothing to go by. */
function normalise(counts: Float64Array, smoothing: number): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, smoothing * counts.length);
  return counts.map((count) => (total > 0 ? (count + smoothing) / total : 1 / counts.length));
}

/** States from which a goal is reached with certainty, the goal left out. */
function certainStates(matrix: readonly Float64Array[], goal: number): number[] {
  const states = Array.from(matrix.keys());
  const reaches = closure([goal], (to) => states.filter((from) => from !== goal && matrix[from][to] > 0));
  const lost = states.filter((state) => !reaches.has(state));
  const risks = closure(lost, (to) => states.filter((from) => from !== goal && matrix[from][to] > 0));
  return states.filter((state) => state !== goal && reaches.has(state) && !risks.has(state));
}

/** Everything that is reached from some states by steps. */
function closure(begin: readonly number[], step: (state: number) => readonly number[]): Set<number> {
  const found = new Set(begin);
  for (const state of found) for (const next of step(state)) found.add(next);
  return found;
}
