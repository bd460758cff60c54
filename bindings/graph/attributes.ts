import { typeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import { type AttributeValue, isTensor, type Node, nodeLabel, type TensorValue } from './graph.js';

/** The attributes of a node, read by name and kind. */
export class Attributes {
  private readonly values: Readonly<Record<string, AttributeValue>>;

  constructor(private readonly node: Node) {
    this.values = node.attributes;
  }

  /** Whether there is one of this name. */
  has(name: string): boolean {
    return Object.hasOwn(this.values, name);
  }

  /**
   * An integer.
   *
   * @param fallback used when there is none; without it the attribute is required
   * @throws {TypeError} if it is of another kind, or missing and required
   */
  int(name: string, fallback?: number): number {
    const value = this.read(name, fallback);
    if (Number.isInteger(value)) return value as number;
    throw this.misfit(name, value, 'an integer');
  }

  /** A number; parameters as in `int`. */
  float(name: string, fallback?: number): number {
    const value = this.read(name, fallback);
    if (typeof value === 'number') return value;
    throw this.misfit(name, value, 'a number');
  }

  /** Text; parameters as in `int`. */
  string(name: string, fallback?: string): string {
    const value = this.read(name, fallback);
    if (typeof value === 'string') return value;
    throw this.misfit(name, value, 'a string');
  }

  /** Integers; `undefined` where there are none. */
  ints(name: string): readonly number[] | undefined {
    const value = this.floats(name);
    if (value) for (const item of value) if (!Number.isInteger(item)) throw this.misfit(name, value, 'integers');
    return value;
  }

  /** Numbers; `undefined` where there are none. */
  floats(name: string): readonly number[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (!Array.isArray(value)) throw this.misfit(name, value, 'numbers');
    for (const item of value) if (typeof item !== 'number') throw this.misfit(name, value, 'numbers');
    return value;
  }

  /** Texts; `undefined` where there are none. */
  strings(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.misfit(name, value, 'strings');
  }

  /** A tensor; `undefined` where there is none. */
  tensor(name: string): TensorValue | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (isTensor(value)) return value;
    throw this.misfit(name, value, 'a tensor');
  }

  private read(name: string, fallback: AttributeValue | undefined): AttributeValue | undefined {
    return this.has(name) ? this.values[name] : fallback;
  }

  private misfit(name: string, value: unknown, expected: string): TypeError {
    return typeError(`${nodeLabel(this.node)}: attribute ${name}: got ${describeValue(value)}, expected ${expected}`);
  }
}
