import { rangeError, typeError } from '../../../errors.js';
import { describeValue, readable } from '../../../tensor.js';

/** The fields of one object of a configuration, read by name and kind. */
export class Fields {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly read = new Set<string>();

  /**
   * @param values a JSON object
   * @param who the beginning of error messages
   * @throws {TypeError} if it is none
   */
  constructor(
    values: unknown,
    readonly who: string,
  ) {
    if (typeof values !== 'object' || values === null || !readable(values) || Array.isArray(values)) {
      throw typeError(`${who}: got ${describeValue(values)}, expected an object`);
    }
    this.values = values as Readonly<Record<string, unknown>>;
  }

  /** The names that have a value, null not counting as one. */
  names(): string[] {
    return Object.keys(this.values).filter((name) => this.has(name));
  }

  /** Whether there is a value, null not counting as one. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Whether the value is null, which for some fields is not the same as none. */
  isNull(name: string): boolean {
    return Object.hasOwn(this.values, name) && this.values[name] === null;
  }

  /** The names of values that nobody asked for. */
  unread(): string[] {
    const { read } = this;
    return Object.keys(this.values).filter((name) => !read.has(name) && (this.values[name] ?? false) !== false);
  }

  /** A value as it is; null counts as none. */
  get(name: string): unknown {
    this.read.add(name);
    return Object.hasOwn(this.values, name) ? (this.values[name] ?? undefined) : undefined;
  }

  /** An object. @throws {TypeError} if it is none */
  object(name: string): Fields {
    return new Fields(this.get(name), `${this.who}: ${name}`);
  }

  /** A list; empty where there is none. */
  list(name: string): readonly unknown[] {
    const value = this.get(name) ?? [];
    if (Array.isArray(value)) return value;
    throw this.misfit(name, value, 'a list');
  }

  /** Text. @param fallback used where there is none; without it the field is required */
  string(name: string, fallback?: string): string {
    const value = this.get(name) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.misfit(name, value, 'a string');
  }

  /** A number; parameters as in `string`. */
  number(name: string, fallback?: number): number {
    const value = this.get(name) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.misfit(name, value, 'a number');
  }

  /** An integer from `least` on; parameters as in `string`. */
  integer(name: string, least: number, fallback?: number): number {
    const value = this.number(name, fallback);
    if (Number.isInteger(value) && value >= least && value <= 0x7fffffff) return value;
    throw rangeError(`${this.who}: ${name}: got ${value}, expected an integer from ${least} on`);
  }

  /** True or false; parameters as in `string`. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.get(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.misfit(name, value, 'true or false');
  }

  /**
   * One of some words.
   *
   * @throws {RangeError} if it is another
   */
  choice<Word extends string>(name: string, words: readonly Word[], fallback?: Word): Word {
    const value = this.string(name, fallback);
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw rangeError(`${this.who}: ${name}: got ${describeValue(value)}, expected ${words.join(', ')}`);
  }

  /** A number, or a list of one: how Keras writes sizes in one dimension. */
  single(name: string, least: number, fallback: number): number {
    const value = this.get(name);
    if (!Array.isArray(value)) return this.integer(name, least, fallback);
    return new Fields({ [name]: value.length === 1 ? value[0] : value }, this.who).integer(name, least);
  }

  /** A size for each of `rank` axes: a list of them, or one number for all. */
  sizes(name: string, rank: number, fallback: number, least = 1): number[] {
    const value = this.get(name) ?? fallback;
    const list = Array.isArray(value) ? value : new Array<unknown>(rank).fill(value);
    if (list.length === rank) return list.map((item) => new Fields({ [name]: item }, this.who).integer(name, least));
    throw rangeError(`${this.who}: ${name}: got ${describeValue(value)}, expected ${rank} sizes`);
  }

  private misfit(name: string, value: unknown, expected: string): TypeError {
    return typeError(`${this.who}: ${name}: got ${describeValue(value)}, expected ${expected}`);
  }
}
