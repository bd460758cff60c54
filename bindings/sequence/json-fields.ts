import { rangeError, typeError } from '../errors.js';
import { describeValue } from '../tensor.js';

/** A JSON object from anywhere, read field by field: each of the right kind or a clear error, and none besides. */
export class JsonFields {
  private readonly fields: Readonly<Record<string, unknown>>;

  /**
   * @param value what JSON.parse gave
   * @param known names of the fields it may have
   * @param who the beginning of every message
   * @throws {TypeError} if it is no object, or has another field
   */
  constructor(
    value: unknown,
    known: readonly string[],
    private readonly who: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw typeError(`${who}: got ${describeValue(value)}, expected an object`);
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) {
        throw typeError(`${who}: got field ${describeValue(name)}, expected only ${known.join(', ')}`);
      }
    }
    this.fields = value as Record<string, unknown>;
  }

  /** @throws {TypeError | RangeError} if it is no finite number of at least `least` */
  number(name: string, least = Number.NEGATIVE_INFINITY): number {
    const value = this.field(name);
    if (Number.isFinite(value) && (value as number) >= least) return value as number;
    throw this.refuse(
      name,
      value,
      `a finite number${least === Number.NEGATIVE_INFINITY ? '' : ` of at least ${least}`}`,
    );
  }

  /** @throws {TypeError | RangeError} if it is no integer within the limits */
  integer(name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.field(name);
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    throw this.refuse(name, value, `an integer from ${least} to ${most}`);
  }

  /** @throws {TypeError | RangeError} if it is no array of finite numbers, `length` of them if that is given */
  numbers(name: string, length?: number): Float64Array {
    return Float64Array.from(this.array(name, length, Number.isFinite, 'finite numbers') as number[]);
  }

  /** @throws {TypeError | RangeError} if it is no array of integers from 0 to below `end` */
  integers(name: string, end: number): Int32Array {
    const fits = (each: unknown) => Number.isInteger(each) && (each as number) >= 0 && (each as number) < end;
    return Int32Array.from(this.array(name, undefined, fits, `integers from 0 to ${end - 1}`) as number[]);
  }

  /** @throws {TypeError | RangeError} if it is no array of texts */
  texts(name: string): readonly string[] {
    return this.array(name, undefined, (each) => typeof each === 'string', 'strings') as string[];
  }

  /** @throws {TypeError} if it is none of the choices */
  choice<T extends string | boolean>(name: string, choices: readonly T[]): T {
    const value = this.field(name);
    if (choices.includes(value as T)) return value as T;
    throw this.refuse(name, value, `one of ${choices.map(describeValue).join(', ')}`);
  }

  /** @throws {TypeError} if it is no text */
  text(name: string): string {
    const value = this.field(name);
    if (typeof value === 'string') return value;
    throw this.refuse(name, value, 'a string');
  }

  /** An object of the field where there is one, read as told; else an empty one. */
  optional<Name extends string, T>(name: Name, read: (name: Name) => T): { [key in Name]?: T } {
    return this.field(name) === undefined ? {} : ({ [name]: read(name) } as { [key in Name]?: T });
  }

  private field(name: string): unknown {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }

  private array(name: string, length: number | undefined, fits: (each: unknown) => boolean, kind: string): unknown[] {
    const value = this.field(name);
    const expected = `an array of ${length === undefined ? '' : `${length} `}${kind}`;
    if (!Array.isArray(value)) throw this.refuse(name, value, expected);
    if (length !== undefined && value.length !== length) throw this.refuse(name, value, expected);
    const wrong = value.findIndex((each) => !fits(each));
    if (wrong >= 0) throw this.refuse(`${name}[${wrong}]`, value[wrong], expected);
    return value;
  }

  private refuse(name: string, value: unknown, expected: string): Error {
    const error = typeof value === 'number' || Array.isArray(value) ? rangeError : typeError;
    return error(`${this.who}: ${name}: got ${describeValue(value)}, expected ${expected}`);
  }
}
