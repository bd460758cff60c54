import { rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { JsonFields } from '../json-fields.js';
import { ROOT, SuffixAutomaton } from './suffix-automaton.js';
import { type SymbolCursor, SymbolModel } from './symbol-model.js';
import type { SymbolOptions } from './symbol-table.js';

/** Options of `Unbounded`. */
export interface UnboundedOptions extends SymbolOptions {
  /** What every count gives to the shorter contexts. Long contexts, mostly seen once, ask for much. Default 0.96. */
  discount?: number;
}

/**
 * Chosen by bench/ladder/discount.js on the end of a training text. n₁/(n₁ + 2n₂), which suits an n-gram, is about 0.5 here
 * and costs 0.3 bits a character: contexts of any length were mostly seen once.
 */
const DISCOUNT = 0.96;

/**
 * The naive sequential model of symbols: p(x_t | x_{t−1}, x_{t−2}, …) from contexts of any length. It finds the longest
 * end of the past that the fitted sequence holds, as PPM* does (Cleary and Teahan 1997), and interpolates what followed
 * there with what followed its shorter ends, each that was seen at more places, down to all symbols alike. Counts are
 * those of Kneser and Ney: occurrences after the longest context, different symbols before after the shorter ones. Its
 * memory grows with the fitted sequence, by some hundred bytes a symbol.
 *
 * @example
 * ```ts
 * import { Unbounded } from 'hiddenstate/sequence';
 *
 * const model = new Unbounded().fit('the cat sat on the mat. the cat ran.');
 * console.log(model.forecast(3, { past: 'the ca' }).map(({ symbol }) => symbol).join('')); // t t
 * ```
 */
export class Unbounded extends SymbolModel {
  readonly type = 'Unbounded';
  private automaton: SuffixAutomaton | undefined;
  private sequence = new Int32Array();
  private readonly discount: number;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: UnboundedOptions = {}) {
    super(options, ['discount'], 'Unbounded');
    const { discount = DISCOUNT } = options;
    if (!(discount > 0 && discount < 1)) {
      throw rangeError(`Unbounded: discount: got ${describeValue(discount)}, expected a number between 0 and 1`);
    }
    this.discount = discount;
  }

  override fit(sequence: Iterable<string>): this {
    return this.learnFrom(sequence);
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): Unbounded {
    const who = 'Unbounded.fromJSON';
    const fields = new JsonFields(json, ['type', 'symbols', 'unknown', 'discount', 'sequence'], who);
    const model = new Unbounded({
      discount: fields.number('discount', 0),
      ...fields.optional('unknown', (name) => fields.text(name)),
    });
    model.learn(fields.integers('sequence', model.restoreSymbols(fields, who).size));
    return model;
  }

  protected learn(indices: Int32Array): void {
    this.automaton = new SuffixAutomaton(indices);
    this.sequence = Int32Array.from(indices);
  }

  protected fields(): Record<string, unknown> {
    return { discount: this.discount, sequence: Array.from(this.sequence) };
  }

  protected open(past: Int32Array | undefined): SymbolCursor {
    const cursor = new UnboundedCursor(this.automaton as SuffixAutomaton, this.symbols.length, this.discount);
    for (const index of past ?? this.sequence) cursor.observe(index);
    return cursor;
  }
}

class UnboundedCursor implements SymbolCursor {
  private state = ROOT;
  private readonly probabilities: Float64Array;

  constructor(
    private readonly automaton: SuffixAutomaton,
    symbolCount: number,
    private readonly discount: number,
  ) {
    this.probabilities = new Float64Array(symbolCount);
  }

  predict(): Float64Array {
    const { automaton, probabilities } = this;
    probabilities.fill(1 / probabilities.length);
    const contexts = automaton.suffixes(this.state);
    for (const context of contexts.slice(1).reverse())
      this.mix((use) => automaton.forEachNextByExtensions(context, use));
    this.mix((use) => automaton.forEachNext(contexts[0], use));
    return probabilities;
  }

  observe(index: number): void {
    this.state = this.automaton.advance(this.state, index);
  }

  /** Mixes what followed a context into the probabilities of the next shorter one. */
  private mix(forEach: (use: (symbol: number, count: number) => void) => void): void {
    const { probabilities: p, discount } = this;
    let [total, different] = [0, 0];
    forEach((_, count) => {
      total += count;
      if (count > 0) different++;
    });
    if (total === 0) return;
    for (let i = 0; i < p.length; i++) p[i] *= (discount * different) / total;
    forEach((symbol, count) => {
      p[symbol] += Math.max(0, count - discount) / total;
    });
  }
}
