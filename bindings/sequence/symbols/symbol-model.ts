import { HiddenstateError, rangeError } from '../../errors.js';
import { drawSeed } from '../../manual-seed.js';
import { assertOptions, assertSize } from '../../options.js';
import { seededRandom } from '../../random.js';
import { describeValue } from '../../tensor.js';
import type { JsonFields } from '../json-fields.js';
import { assertSymbolOptions, checkSequence, type SymbolOptions, SymbolTable } from './symbol-table.js';

/** Follows a sequence with a fitted model: says what comes next, and is told what came. */
export interface SymbolCursor {
  /** Probabilities of the next symbol, by number; they sum to 1. The next call overwrites them. */
  predict(): Float64Array;
  /** Takes the next symbol in. */
  observe(index: number): void;
  /** Gives memory back at once, where a cursor holds some outside of JavaScript. */
  dispose?(): void;
}

/** Where a sequence is followed from. */
export interface SymbolPastOptions {
  /** What came before (default of `forecast` and `sample`: the sequence the model was fitted to; of the rest: nothing). */
  past?: Iterable<string>;
}

/** Options of `forecast`. */
export interface SymbolForecastOptions extends SymbolPastOptions {
  /** The probability that a step's set holds the symbol (default: 0.95). */
  level?: number;
}

/** Options of `sample`. */
export interface SymbolSampleOptions extends SymbolPastOptions {
  /** The same seed gives the same symbols (default: a fresh one). */
  seed?: number;
}

/** One step of a forecast. */
export interface SymbolForecast {
  /** The likeliest; it is what the model feeds itself with. */
  readonly symbol: string;
  readonly probability: number;
  /** The fewest symbols that hold the next with at least the level's probability, likeliest first: its interval. */
  readonly set: readonly string[];
}

/**
 * A model of a sequence of symbols, characters or words: every rung of the ladder has these methods.
 *
 * @example
 * ```ts
 * import { MarkovChain, NGram, type SymbolModel } from 'hiddenstate/sequence';
 *
 * const models: SymbolModel[] = [new MarkovChain(), new NGram({ order: 3 })];
 * for (const model of models) {
 *   await model.fit('the cat sat on the mat');
 *   // Bits per character.
 *   console.log(model.type, Math.log2(model.perplexity('the cat')));
 * }
 * ```
 */
export abstract class SymbolModel {
  /** The name under which `toJSON` writes it. */
  abstract readonly type: string;
  private readonly options: SymbolOptions;
  private table: SymbolTable | undefined;

  /** @throws {TypeError} if an option does not fit */
  constructor(options: SymbolOptions, own: readonly string[], who: string) {
    assertSymbolOptions(options, own, who);
    this.options = { symbols: options.symbols && [...options.symbols], unknown: options.unknown };
  }

  /** What the model knows; probabilities stand in this order. @throws {Error} before `fit` */
  get symbols(): readonly string[] {
    return this.fittedTable('symbols').symbols;
  }

  /**
   * Learns from a sequence.
   *
   * @param sequence a text, taken by code points, or an array of words; not kept
   * @throws {TypeError | RangeError} if it is empty or holds anything but non-empty strings
   */
  fit(sequence: Iterable<string>): this | Promise<this> {
    return this.learnFrom(sequence);
  }

  /** @internal What `fit` does where it need not wait. */
  protected learnFrom(sequence: Iterable<string>): this {
    const who = `${this.type}.fit`;
    const { table, indices } = this.read(sequence, who);
    this.learn(indices, table.size);
    this.table = table;
    return this;
  }

  /** @internal The table for a sequence, and the sequence by numbers. */
  protected read(sequence: Iterable<string>, who: string): { table: SymbolTable; indices: Int32Array } {
    const symbols = checkSequence(sequence, who);
    if (symbols.length < 2) {
      throw rangeError(`${who}: got a sequence of ${symbols.length}, expected at least 2 symbols`);
    }
    const table = SymbolTable.of(symbols, this.options, who);
    return { table, indices: table.encode(symbols, who) };
  }

  /**
   * Begins to follow a sequence.
   *
   * @param past what came before; by default the sequence the model was fitted to
   * @throws {Error} before `fit`
   */
  cursor(past?: Iterable<string>): SymbolCursor {
    const who = `${this.type}.cursor`;
    const table = this.fittedTable('cursor');
    return this.open(past === undefined ? past : table.encode(checkSequence(past, `${who}: past`), `${who}: past`));
  }

  /**
   * Probabilities of the next symbol, in the order of `symbols`; they sum to 1.
   *
   * @param past what came before; by default the sequence the model was fitted to
   * @throws as `cursor`
   */
  predict(past?: Iterable<string>): Float64Array {
    return this.follow(past, (cursor) => cursor.predict().slice());
  }

  /**
   * Forecasts the next symbols, feeding itself with the likeliest.
   *
   * @param horizon how many
   * @throws {RangeError} if the horizon is no positive integer or the level not between 0 and 1
   */
  forecast(horizon: number, options: SymbolForecastOptions = {}): SymbolForecast[] {
    const who = `${this.type}.forecast`;
    assertSize(horizon, `${who}: horizon`);
    assertOptions(options, ['past', 'level'], who);
    const { past, level = 0.95 } = options;
    if (!(level > 0 && level < 1)) {
      throw rangeError(`${who}: level: got ${describeValue(level)}, expected a number between 0 and 1`);
    }
    return this.follow(past, (cursor) => Array.from({ length: horizon }, () => this.forecastStep(cursor, level)));
  }

  /**
   * The logarithm of the probability of a sequence: the sum over one-step predictions, the first from no past unless one
   * is given. −Infinity where the model holds a symbol impossible.
   *
   * @throws {TypeError | RangeError} if the sequence is empty, holds anything but non-empty strings, or a symbol is
   *   unknown to a model without an `unknown` one
   * @throws {Error} before `fit`
   */
  logLikelihood(sequence: Iterable<string>, options: SymbolPastOptions = {}): number {
    return this.score(sequence, options).sum;
  }

  /**
   * exp of the negative mean log probability: its binary logarithm is the bits per symbol.
   *
   * @throws as `logLikelihood`
   */
  perplexity(sequence: Iterable<string>, options: SymbolPastOptions = {}): number {
    const { sum, count } = this.score(sequence, options);
    return Math.exp(-sum / count);
  }

  /**
   * Draws symbols one after the other, each fed back.
   *
   * @param count how many
   * @throws as `cursor`; {RangeError} if the count is no positive integer
   */
  sample(count: number, options: SymbolSampleOptions = {}): string[] {
    const who = `${this.type}.sample`;
    assertSize(count, `${who}: count`);
    assertOptions(options, ['past', 'seed'], who);
    const random = seededRandom(options.seed ?? drawSeed());
    return this.follow(options.past, (cursor) =>
      Array.from({ length: count }, () => {
        const index = drawIndex(cursor.predict(), random());
        cursor.observe(index);
        return this.symbols[index];
      }),
    );
  }

  /**
   * What `JSON.stringify` writes and `symbolModelFromJSON` reads.
   *
   * @throws {Error} before `fit`
   */
  toJSON(): Record<string, unknown> {
    const { symbols, unknown } = this.fittedTable('toJSON');
    return { type: this.type, symbols, ...(unknown !== undefined && { unknown }), ...this.fields() };
  }

  /** @internal Sets what `toJSON` wrote of the symbols. */
  protected restoreSymbols(fields: JsonFields, who: string): SymbolTable {
    const symbols = fields.texts('symbols');
    this.table = new SymbolTable(symbols, this.options.unknown, who);
    if (this.table.size !== symbols.length) {
      throw rangeError(`${who}: unknown: got ${describeValue(this.options.unknown)}, expected one of the symbols`);
    }
    return this.table;
  }

  /** @internal Learns from numbers of symbols. */
  protected abstract learn(indices: Int32Array, symbolCount: number): void;
  /** @internal What `toJSON` writes besides type and symbols. */
  protected abstract fields(): Record<string, unknown>;
  /** @internal A cursor after a past, or after the fitted sequence. */
  protected abstract open(past: Int32Array | undefined): SymbolCursor;

  /** @internal */
  protected fittedTable(what: string): SymbolTable {
    if (this.table) return this.table;
    throw new HiddenstateError('ORDER', `${this.type}.${what}: got a model that was not fitted, expected fit() before`);
  }

  /** @internal */
  protected set fittedWith(table: SymbolTable) {
    this.table = table;
  }

  private score(sequence: Iterable<string>, options: SymbolPastOptions): { sum: number; count: number } {
    const who = `${this.type}.logLikelihood`;
    assertOptions(options, ['past'], who);
    const indices = this.fittedTable('logLikelihood').encode(checkSequence(sequence, who), who);
    if (indices.length === 0) throw rangeError(`${who}: got an empty sequence, expected at least 1 symbol`);
    const sum = this.follow(options.past ?? [], (cursor) =>
      indices.reduce((total, index) => {
        const logProbability = Math.log(cursor.predict()[index]);
        cursor.observe(index);
        return total + logProbability;
      }, 0),
    );
    return { sum, count: indices.length };
  }

  private forecastStep(cursor: SymbolCursor, level: number): SymbolForecast {
    const probabilities = cursor.predict();
    const ranked = Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a]);
    let [held, count] = [0, 0];
    while (held < level && count < ranked.length) held += probabilities[ranked[count++]];
    const set = ranked.slice(0, count).map((index) => this.symbols[index]);
    const probability = probabilities[ranked[0]];
    cursor.observe(ranked[0]);
    return { symbol: set[0], probability, set };
  }

  private follow<T>(past: Iterable<string> | undefined, use: (cursor: SymbolCursor) => T): T {
    const cursor = this.cursor(past);
    try {
      return use(cursor);
    } finally {
      cursor.dispose?.();
    }
  }
}

/** The symbol in whose share of [0, 1) a number lies. */
function drawIndex(probabilities: Float64Array, at: number): number {
  let left = at;
  for (let index = 0; index < probabilities.length; index++) {
    left -= probabilities[index];
    if (left < 0) return index;
  }
  // Rounding may leave a sum a little below 1.
  return probabilities.findLastIndex((probability) => probability > 0);
}
