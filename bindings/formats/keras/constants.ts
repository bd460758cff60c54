import { rangeError, typeError } from '../../errors.js';
import { tensorOf } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import type { GraphBuilder, Value, ValueType } from './graph-builder.js';

/** A constant of a call, its lists flattened. */
interface Constant {
  /** The type that its elements have, or that the file states. */
  readonly dtype: ValueType;
  readonly stated: boolean;
  readonly dims: readonly number[];
  readonly elements: readonly (number | boolean)[];
}

/** Whether a constant is a tensor as Keras 3 writes it, `{ class_name: '__tensor__', config: { value, dtype } }`, or a list of such. */
export function isStoredTensor(constant: unknown): boolean {
  if (Array.isArray(constant)) return constant.some(isStoredTensor);
  return /^__(tensor|numpy)__$/.test(String((constant as { class_name?: unknown } | null | undefined)?.class_name));
}

/**
 * Reads a number, lists of numbers, or a tensor as Keras 3 writes it.
 *
 * @throws {TypeError | RangeError} if it is something else
 */
export function readConstant(constant: unknown, who: string): Constant {
  const written = constant as { config?: { value?: unknown; dtype?: unknown } };
  const stored = typeof constant === 'object' && constant !== null && !Array.isArray(constant);
  const { dims, elements } = flattened(stored ? written.config?.value : constant, who);
  const stated = stored ? written.config?.dtype : undefined;
  if (typeof stated !== 'string') return { dims, elements, dtype: typeOf(elements), stated: false };
  return { dims, elements, dtype: typeNamed(stated) ?? (/int/.test(stated) ? 'int32' : 'float32'), stated: true };
}

/**
 * A constant as a value of the graph.
 *
 * @param type of a constant that does not say its own
 * @throws as `readConstant`
 */
export function constantValue(
  { builder, name, who }: { readonly builder: GraphBuilder; readonly name: string; readonly who: string },
  constant: unknown,
  type: ValueType | undefined,
): Value {
  const { dims, elements, dtype: own, stated } = readConstant(constant, who);
  const dtype = stated ? own : (type ?? own);
  const made = builder.constant(`${name}/constant`, tensorOf(dtype, dims, elements.map(Number)));
  return { name: made, dtype, rank: dims.length, timed: false };
}

/** The type of a dtype's name. */
export function typeNamed(name: unknown): ValueType | undefined {
  if (name === 'float32' || name === 'int32' || name === 'int64' || name === 'bool') return name;
  return undefined;
}

function typeOf(elements: readonly (number | boolean)[]): ValueType {
  if (elements.every((element) => typeof element === 'boolean')) return 'bool';
  return elements.every((element) => Number.isInteger(Number(element))) ? 'int32' : 'float32';
}

/** A number, or lists of lists of numbers, as dims and elements. */
function flattened(value: unknown, who: string): { dims: number[]; elements: (number | boolean)[] } {
  if (typeof value === 'number' || typeof value === 'boolean') return { dims: [], elements: [value] };
  if (!Array.isArray(value)) throw typeError(`${who}: got ${describeValue(value)}, expected a tensor or numbers`);
  const items = value.map((item) => flattened(item, who));
  const inner = items[0]?.dims ?? [];
  if (items.some(({ dims }) => dims.length !== inner.length || dims.some((dim, d) => dim !== inner[d]))) {
    throw rangeError(`${who}: got lists of different lengths, expected those of a tensor`);
  }
  return { dims: [value.length, ...inner], elements: items.flatMap(({ elements }) => elements) };
}
