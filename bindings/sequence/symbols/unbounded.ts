import { JsonFields } from '../json-fields.js';
import { ROOT, SuffixAutomaton } from './suffix-automaton.js';
import { type SymbolCursor, SymbolModel } from './symbol-model.js';
import type { SymbolOptions } from './symbol-table.js';

/** What every count gives to the shorter contexts: the escape of PPM's method D (Howard 1993). */
const DISCOUNT = 0.5;

/**
 * The naive sequential model of symbols: p(x_t | x_{t−1}, x_{t−2}, …) from contexts of any length. It finds the longest
 * end of the past that the fitted sequence holds and mixes what followed there with what followed its shorter ends, down
 * to all symbols alike (PPM* with method D, every context interpolated with the next shorter one that was seen at more
 * places). Its memory grows with the fitted sequence, by up to some 60 bytes a symbol.
 */
export class Unbounded extends SymbolModel {
  readonly type = 'Unbounded';
  private automaton: SuffixAutomaton | undefined;
  private sequence = new Int32Array();

  /** @throws {TypeError} if an option does not fit */
  constructor(options: SymbolOptions = {}) {
    super(options, [], 'Unbounded');
  }

  override fit(sequence: Iterable<string>): this {
    return this.learnFrom(sequence);
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): Unbounded {
    const who = 'Unbounded.fromJSON';
    const fields = new JsonFields(json, ['type', 'symbols', 'unknown', 'sequence'], who);
    const model = new Unbounded(fields.optional('unknown', (name) => fields.text(name)));
    model.learn(fields.integers('sequence', model.restoreSymbols(fields, who).size));
    return model;
  }

  protected learn(indices: Int32Array): void {
    this.automaton = new SuffixAutomaton(indices);
    this.sequence = Int32Array.from(indices);
  }

  protected fields(): Record<string, unknown> {
    return { sequence: Array.from(this.sequence) };
  }

  protected open(past: Int32Array | undefined): SymbolCursor {
    const cursor = new UnboundedCursor(this.automaton as SuffixAutomaton, this.symbols.length);
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
  ) {
    this.probabilities = new Float64Array(symbolCount);
  }

  predict(): Float64Array {
    const { automaton, probabilities: p } = this;
    p.fill(1 / p.length);
    for (const state of automaton.suffixes(this.state).reverse()) {
      let [total, different] = [0, 0];
      automaton.forEachNext(state, (_, count) => {
        total += count;
        different++;
      });
      if (total === 0) continue;
      for (let i = 0; i < p.length; i++) p[i] *= (DISCOUNT * different) / total;
      automaton.forEachNext(state, (symbol, count) => {
        p[symbol] += (count - DISCOUNT) / total;
      });
    }
    return p;
  }

  observe(index: number): void {
    this.state = this.automaton.advance(this.state, index);
  }
}
