import { HiddenstateError, rangeError, typeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { Fields } from '../config/fields.js';
import { type CallSpec, tensorsOf } from '../config/model-spec.js';
import { constantValue, readConstant } from '../constants.js';
import type { GraphBuilder, Value, ValueType } from '../graph-builder.js';
import { type Given, needsWholeSequence } from '../layers/layer.js';
import type { LayerPool } from '../state-pool.js';

/** What an operation of `keras.ops` is made of. */
export interface OperationContext {
  readonly builder: GraphBuilder;
  readonly pool: LayerPool;
  /** What it was made with: axes, shapes. */
  readonly fields: Fields;
  readonly name: string;
  /** The beginning of error messages. */
  readonly who: string;
  /** Places and names of the arguments that were asked for. */
  readonly asked: Set<number | string>;
}

/** Adds the nodes of one call. No operation passes a mask on. */
export type Operation = (context: OperationContext, call: CallSpec<Value>) => Value[];

/** Operations by the name of their class. */
export type OperationTable = Readonly<Record<string, Operation>>;

/**
 * Argument `i` of a call, by position or by name.
 *
 * @throws {Error} if there is none
 */
export function argument(context: OperationContext, call: CallSpec<Value>, i: number, name: string): Given {
  const found = optionalArgument(context, call, i, name);
  if (found !== undefined) return found;
  throw new HiddenstateError('UNSUPPORTED', `${context.who}: got no ${name}, expected one`);
}

/** Argument `i` of a call, where there is one. */
export function optionalArgument(
  { asked }: OperationContext,
  { args, keywords }: CallSpec<Value>,
  i: number,
  name: string,
): Given | undefined {
  asked.add(i).add(name);
  return args[i] ?? keywords.get(name);
}

/**
 * Refuses what the operation was given and did not ask for: an option that would otherwise be left out without a word.
 *
 * @throws {Error} that names it
 */
export function expectAllAsked({ asked, fields, who }: OperationContext, { args, keywords }: CallSpec<Value>): void {
  const isThere = (given: Given) => !('constant' in given) || (given.constant !== null && given.constant !== undefined);
  const more = args.findIndex((given, i) => !asked.has(i) && isThere(given));
  const keyword = [...keywords].find(([name, given]) => !asked.has(name) && isThere(given));
  const field = fields.unread().find((name) => name !== 'name');
  const what = more >= 0 ? `argument ${more}` : (keyword?.[0] ?? field);
  if (what === undefined) return;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: ${what}: got one, expected none: hiddenstate has no such option here`,
  );
}

/** The tensor of argument `i`; a constant becomes one. */
export function tensor(context: OperationContext, call: CallSpec<Value>, i = 0, name = 'x'): Value {
  return asTensor(context, argument(context, call, i, name), undefined);
}

/**
 * A tensor, or the constant that an argument is.
 *
 * @param type of a constant that does not say its own
 * @throws {TypeError} if it is no number, list of numbers, or tensor as Keras writes it
 */
export function asTensor(context: OperationContext, given: Given, type: ValueType | undefined): Value {
  if ('tensor' in given) return { ...given.tensor, mask: undefined };
  if (!('constant' in given)) throw typeError(`${context.who}: got a list of tensors, expected one tensor`);
  return constantValue(context, given.constant, type);
}

const ORDER: readonly ValueType[] = ['bool', 'int32', 'int64', 'float32'];

/** Arguments as tensors of one type, the widest of theirs: a constant takes that of the tensors where it can. */
export function promoted(context: OperationContext, given: readonly Given[], least: ValueType = 'bool'): Value[] {
  const types = given.map((item) => ('tensor' in item ? item.tensor.dtype : typeOfConstant(context, item)));
  const dtype = widest([...types, least]);
  return given.map((item) => context.builder.cast(context.name, asTensor(context, item, dtype), dtype));
}

function typeOfConstant(context: OperationContext, given: Given): ValueType {
  return 'constant' in given ? readConstant(given.constant, context.who).dtype : 'bool';
}

/** The type that holds all of these without loss, as Keras promotes them. */
export function widest(types: readonly ValueType[]): ValueType {
  return ORDER[Math.max(...types.map((type) => ORDER.indexOf(type)))];
}

/** The tensors of a call's first argument, a list. */
export function tensorList(context: OperationContext, call: CallSpec<Value>, name: string): Value[] {
  const given = argument(context, call, 0, name);
  const items = 'tensor' in given || 'constant' in given ? [given] : given;
  if (tensorsOf(given).length !== items.length) {
    throw typeError(`${context.who}: got a list with constants in it, expected tensors`);
  }
  return tensorsOf(given).map((value) => ({ ...value, mask: undefined }));
}

/** What elements of several values make: as wide as the widest. */
export function broadcast(values: readonly Value[], name: string, dtype: ValueType): Value {
  const rank = Math.max(...values.map((value) => value.rank));
  return { name, dtype, rank, timed: values.some((value) => value.timed && value.rank === rank) };
}

/**
 * An axis of `rank` dimensions, counted from the front.
 *
 * @throws {RangeError} if there is none
 */
export function axisOf({ who }: OperationContext, axis: unknown, rank: number): number {
  const own = typeof axis === 'number' && axis < 0 ? axis + rank : axis;
  if (Number.isInteger(own) && (own as number) >= 0 && (own as number) < rank) return own as number;
  throw rangeError(`${who}: axis: got ${describeValue(axis)}, expected one of ${rank} dimensions`);
}

/** The axes that a field holds, one or a list; all of them where it is null. */
export function axesOf(context: OperationContext, rank: number, name = 'axis'): number[] {
  const value = context.fields.get(name);
  if (value === undefined) return Array.from({ length: rank }, (_, i) => i);
  return (Array.isArray(value) ? value : [value]).map((axis) => axisOf(context, axis, rank));
}

/** Refuses, in a stream, what reaches over time. */
export function acrossTime(context: OperationContext, x: Value, axes: readonly number[]): void {
  if (axes.includes(1)) needsWholeSequence(context, 'an operation along the second dimension', x);
}

/** Adds a node of ONNX of a value's own type and rank. */
export function like(
  { builder, name }: OperationContext,
  x: Value,
  op: string,
  more: readonly string[] = [],
  attributes = {},
): Value {
  return { ...x, name: builder.add(op, name, [x.name, ...more], attributes), mask: undefined };
}
