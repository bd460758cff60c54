import { rangeError, typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue } from '../../tensor.js';

/** What every model of symbols takes. */
export interface SymbolOptions {
  /** All symbols there are (default: those of the fitted sequence). */
  symbols?: Iterable<string>;
  /** A symbol that stands for every one not among them; without it such a symbol is an error. */
  unknown?: string;
}

/** Far more than any alphabet and most vocabularies have. */
const MOST = 1 << 20;

/** Symbols by number. */
export class SymbolTable {
  /** Symbol k, in order of code points where they came from a sequence. */
  readonly symbols: readonly string[];
  readonly unknown: string | undefined;
  private readonly indices: ReadonlyMap<string, number>;

  /** @throws {TypeError | RangeError} if the symbols are no different, non-empty strings, or none */
  constructor(symbols: Iterable<string>, unknown: string | undefined, who: string) {
    const all = [...symbols];
    if (unknown !== undefined && !all.includes(unknown)) all.push(unknown);
    for (const symbol of all) {
      if (typeof symbol === 'string' && symbol !== '') continue;
      throw typeError(`${who}: symbols: got ${describeValue(symbol)}, expected non-empty strings`);
    }
    if (all.length === 0 || all.length > MOST) {
      throw rangeError(`${who}: symbols: got ${all.length}, expected from 1 to ${MOST}`);
    }
    this.indices = new Map(all.map((symbol, k) => [symbol, k]));
    if (this.indices.size < all.length) {
      throw rangeError(`${who}: symbols: got one of them twice, expected different ones`);
    }
    this.symbols = all;
    this.unknown = unknown;
  }

  /** The symbols an option names, or those of a sequence. */
  static of(sequence: readonly string[], { symbols, unknown }: SymbolOptions, who: string): SymbolTable {
    return new SymbolTable(symbols ?? [...new Set(sequence)].sort(), unknown, who);
  }

  get size(): number {
    return this.symbols.length;
  }

  /**
   * Numbers of the symbols of a sequence.
   *
   * @throws {RangeError} if one is unknown and none stands for the unknown
   */
  encode(sequence: readonly string[], who: string): Int32Array {
    const unknown = this.unknown === undefined ? undefined : this.indices.get(this.unknown);
    return Int32Array.from(sequence, (symbol, i) => {
      const index = this.indices.get(symbol) ?? unknown;
      if (index !== undefined) return index;
      throw rangeError(
        `${who}: symbol ${i}: got ${describeValue(symbol)}, expected one of the ${this.size} the model knows; fit it with an "unknown" symbol or with all "symbols"`,
      );
    });
  }
}

/** Checks a sequence: a string, taken by code points, or an iterable of strings. */
export function checkSequence(sequence: unknown, who: string): readonly string[] {
  const isIterable = typeof (sequence as Iterable<unknown> | undefined)?.[Symbol.iterator] === 'function';
  if (!isIterable) throw typeError(`${who}: got ${describeValue(sequence)}, expected a string or an array of strings`);
  const symbols = Array.from(sequence as Iterable<unknown>);
  const wrong = symbols.findIndex((symbol) => typeof symbol !== 'string' || symbol === '');
  if (wrong < 0) return symbols as string[];
  throw typeError(`${who}: symbol ${wrong}: got ${describeValue(symbols[wrong])}, expected a non-empty string`);
}

/** Checks the options every model of symbols takes, and its own. */
export function assertSymbolOptions(options: unknown, own: readonly string[], who: string): void {
  assertOptions(options, ['symbols', 'unknown', ...own], who);
  const { unknown } = options as SymbolOptions;
  if (unknown === undefined || (typeof unknown === 'string' && unknown !== '')) return;
  throw typeError(`${who}: unknown: got ${describeValue(unknown)}, expected a non-empty string`);
}
