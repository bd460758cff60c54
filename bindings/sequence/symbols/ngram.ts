import { rangeError, typeError } from '../../errors.js';
import { assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { JsonFields } from '../json-fields.js';
import { ContextTree } from './context-tree.js';
import { type SymbolCursor, SymbolModel } from './symbol-model.js';
import type { SymbolOptions } from './symbol-table.js';

/** How an n-gram model shares probability with what it has not seen. */
export type Smoothing = 'kneser-ney' | 'witten-bell';

/** Options of `NGram`. */
export interface NGramOptions extends SymbolOptions {
  /** Symbols of an n-gram: it predicts from `order` − 1. */
  order: number;
  /** Kneser and Ney 1995, interpolated as by Chen and Goodman 1999; or Witten and Bell 1991 (default: `kneser-ney`). */
  smoothing?: Smoothing;
  /** Kneser-Ney's discount of every count (default: for each length n₁/(n₁ + 2n₂), or 0.5 where there are no such counts). */
  discount?: number;
  /**
   * What lies below the shortest context: `uniform`, so that every symbol can come; or nothing but `frequencies` of single
   * symbols, as in NLTK (default: `uniform`).
   */
  base?: 'uniform' | 'frequencies';
}

/** Longest n-grams: beyond it `Unbounded` is the better model. */
const LONGEST = 64;

/**
 * The autoregressive model of symbols: an n-gram, p(x_t | x_{t−n+1} … x_{t−1}), each length of context interpolated with the
 * next shorter one. Fitting costs length × order, predicting order × alphabet.
 *
 * @example
 * ```ts
 * import { NGram } from 'hiddenstate/sequence';
 *
 * const model = new NGram({ order: 3 }).fit('the cat sat on the mat');
 * const [next] = model.forecast(1, { past: 'the c' });
 * console.log(next.symbol); // a
 * ```
 */
export class NGram extends SymbolModel {
  readonly type = 'NGram';
  /** Symbols of an n-gram. */
  readonly order: number;
  /** How it shares probability with what it has not seen. */
  readonly smoothing: Smoothing;
  private readonly discount: number | undefined;
  private readonly base: 'uniform' | 'frequencies';
  private tree = new ContextTree(1);
  private recent: Int32Array = new Int32Array();
  private discounts: readonly number[] = [];

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: NGramOptions) {
    super(options, ['order', 'smoothing', 'discount', 'base'], 'NGram');
    const { order, smoothing = 'kneser-ney', discount, base = 'uniform' } = options;
    assertSize(order, 'NGram: order', 1, LONGEST);
    if (smoothing !== 'kneser-ney' && smoothing !== 'witten-bell') {
      throw typeError(`NGram: smoothing: got ${describeValue(smoothing)}, expected "kneser-ney" or "witten-bell"`);
    }
    if (base !== 'uniform' && base !== 'frequencies') {
      throw typeError(`NGram: base: got ${describeValue(base)}, expected "uniform" or "frequencies"`);
    }
    if (discount !== undefined && !(discount > 0 && discount < 1)) {
      throw rangeError(`NGram: discount: got ${describeValue(discount)}, expected a number between 0 and 1`);
    }
    this.order = order;
    this.smoothing = smoothing;
    this.discount = discount;
    this.base = base;
  }

  override fit(sequence: Iterable<string>): this {
    return this.learnFrom(sequence);
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): NGram {
    const who = 'NGram.fromJSON';
    const own = ['order', 'smoothing', 'discount', 'base', 'recent', 'parents', 'nodeSymbols', 'counts'];
    const fields = new JsonFields(json, ['type', 'symbols', 'unknown', ...own], who);
    const model = new NGram({
      order: fields.integer('order', 1, LONGEST),
      smoothing: fields.choice('smoothing', ['kneser-ney', 'witten-bell'] as const),
      base: fields.choice('base', ['uniform', 'frequencies'] as const),
      ...fields.optional('discount', (name) => fields.number(name, 0)),
      ...fields.optional('unknown', (name) => fields.text(name)),
    });
    const { size } = model.restoreSymbols(fields, who);
    model.take(ContextTree.fromFields(fields, model.order, size, who), fields.integers('recent', size));
    return model;
  }

  protected learn(indices: Int32Array): void {
    this.take(ContextTree.of(indices, this.order), indices.slice(-this.order));
  }

  protected fields(): Record<string, unknown> {
    const { order, smoothing, discount, base, recent } = this;
    const given = discount === undefined ? {} : { discount };
    return { order, smoothing, base, ...given, recent: Array.from(recent), ...this.tree.toFields() };
  }

  protected open(past: Int32Array | undefined): SymbolCursor {
    const cursor = new NGramCursor(this.tree, this.order, this.symbols.length, this.base === 'uniform', this.shares());
    for (const index of (past ?? this.recent).subarray(-this.order)) cursor.observe(index);
    return cursor;
  }

  private take(tree: ContextTree, recent: Int32Array): void {
    this.tree = tree;
    this.recent = recent;
    this.discounts = Array.from({ length: this.order }, (_, length) => {
      if (this.discount !== undefined) return this.discount;
      const { ones, twos } = tree.countsOfCounts(length + 1, this.countAfter(length));
      return ones > 0 && twos > 0 ? ones / (ones + 2 * twos) : 0.5;
    });
  }

  /** What Kneser-Ney counts after a context of so many symbols: occurrences after the longest, else different symbols before. */
  private countAfter(length: number): (node: number) => number {
    const { tree } = this;
    return length === this.order - 1 ? (node) => tree.count(node) : (node) => tree.extensions(node);
  }

  private shares(): (length: number) => Share {
    const { tree, discounts } = this;
    if (this.smoothing === 'witten-bell') return () => ({ countOf: (node) => tree.count(node), discount: 0 });
    return (length) => ({ countOf: this.countAfter(length), discount: discounts[length] });
  }
}

/** How the counts after a context become probabilities: less `discount` each, or, without one, by Witten and Bell. */
interface Share {
  countOf(node: number): number;
  readonly discount: number;
}

class NGramCursor implements SymbolCursor {
  /** Nodes of the last 0, 1, 2 … symbols. */
  private path: readonly number[] = [0];
  private readonly probabilities: Float64Array;

  constructor(
    private readonly tree: ContextTree,
    private readonly order: number,
    symbolCount: number,
    private readonly isUniform: boolean,
    private readonly shareAfter: (length: number) => Share,
  ) {
    this.probabilities = new Float64Array(symbolCount);
  }

  predict(): Float64Array {
    const { probabilities: p } = this;
    p.fill(1 / p.length);
    this.path.forEach((node, length) => {
      this.interpolate(node, length);
    });
    return p;
  }

  observe(index: number): void {
    this.path = this.tree.advance(this.path, index, this.order - 1);
  }

  /** Mixes what was counted after a context into the probabilities of the next shorter one. */
  private interpolate(node: number, length: number): void {
    const { tree, probabilities: p } = this;
    const { countOf, discount } = this.shareAfter(length);
    let [total, different] = [0, 0];
    for (const child of tree.children(node)) {
      const count = countOf(child);
      total += count;
      if (count > 0) different++;
    }
    if (total === 0) return;
    const isBottom = length === 0 && !this.isUniform;
    const less = isBottom ? 0 : discount;
    // Witten and Bell give the shorter context as much as there were different symbols; a discount what it took.
    const given = isBottom ? 0 : discount > 0 ? discount * different : different;
    const sum = discount > 0 ? total : total + given;
    for (let i = 0; i < p.length; i++) p[i] *= given / sum;
    for (const child of tree.children(node)) p[tree.symbol(child)] += Math.max(0, countOf(child) - less) / sum;
  }
}
