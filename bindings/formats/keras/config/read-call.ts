import { rangeError, typeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { Fields } from './fields.js';
import { type Argument, type CallSpec, type TensorRef, tensorsOf } from './model-spec.js';

/** Lists and objects in lists, at most so deep. */
const MAX_NESTING = 8;

/** The first element of a Keras 2 reference that is a constant: `["_CONSTANT_VALUE", -1, 0.5, {}]`. */
const CONSTANT = '_CONSTANT_VALUE';

/**
 * Reads one entry of `inbound_nodes`: a list of [layer, node, tensor, keywords] (Keras 2) or { args, kwargs } (Keras 3).
 *
 * @throws {TypeError | RangeError} that names the layer
 */
export function readCall(call: unknown, who: string): CallSpec {
  if (Array.isArray(call)) return readListedCall(call, who);
  const fields = new Fields(call, who);
  const keywords = fields.has('kwargs') ? fields.object('kwargs') : new Fields({}, who);
  return {
    args: fields.list('args').map((item) => readArgument(item, who, false)),
    keywords: readKeywords(keywords, who, false),
  };
}

/** Keras 2: references that are the first argument, the keywords behind the first of them. */
function readListedCall(call: readonly unknown[], who: string): CallSpec {
  const isOne: boolean = isRef(call);
  const items = isOne ? [call] : call.flatMap((item): readonly unknown[] => (isListOfRefs(item) ? item : [item]));
  const given = items.find((item) => Array.isArray(item) && isKeywords(item[3])) as readonly unknown[] | undefined;
  const read = items.map((item) => readArgument(item, who, true));
  return {
    args: [read.length === 1 ? read[0] : read],
    keywords: readKeywords(new Fields(given?.[3] ?? {}, who), who, true),
  };
}

/** @param listed whether references are lists of a name and two indices, as Keras 2 writes them */
function readKeywords(fields: Fields, who: string, listed: boolean): Map<string, Argument<TensorRef>> {
  return new Map(
    fields.names().map((name) => [name, readArgument(fields.get(name), `${who}: ${name}`, listed)] as const),
  );
}

function readArgument(value: unknown, who: string, listed: boolean, depth = 0): Argument<TensorRef> {
  if (depth > MAX_NESTING) {
    throw rangeError(`${who}: got lists nested more than ${MAX_NESTING} deep, expected references to layers`);
  }
  if (listed && isRef(value)) return value[0] === CONSTANT ? { constant: value[2] } : { tensor: toRef(value, who) };
  const history = historyOf(value);
  if (history) return { tensor: toRef(history, who) };
  const inside = Array.isArray(value) ? value : plainValues(value);
  if (!inside) return { constant: value };
  const items = inside.map((item) => readArgument(item, who, listed, depth + 1));
  // A list of constants alone stays as the file has it: a shape, a slice.
  return tensorsOf(items).length > 0 ? items : { constant: value };
}

/**
 * Every reference in a value, however its lists are nested.
 *
 * @throws {TypeError | RangeError} if there is anything else
 */
export function readRefs(value: unknown, who: string, depth = 0): TensorRef[] {
  if (value === undefined || value === null) return [];
  if (depth > MAX_NESTING) {
    throw rangeError(`${who}: got lists nested more than ${MAX_NESTING} deep, expected references to layers`);
  }
  if (isRef(value)) return [toRef(value, who)];
  const inside = Array.isArray(value) ? value : plainValues(value);
  if (inside) return inside.flatMap((item) => readRefs(item, who, depth + 1));
  throw typeError(`${who}: got ${describeValue(value)}, expected references to layers`);
}

/** The reference in a tensor as Keras 3 writes it. */
function historyOf(value: unknown): readonly unknown[] | undefined {
  if (!isKeywords(value) || value.class_name !== '__keras_tensor__') return undefined;
  const history = (value.config as { keras_history?: unknown } | undefined)?.keras_history;
  return Array.isArray(history) ? history : undefined;
}

/** The values of a plain object, in the order in which Keras flattens it: that of its keys, sorted. */
function plainValues(value: unknown): unknown[] | undefined {
  if (!isKeywords(value) || value.class_name !== undefined) return undefined;
  return Object.keys(value)
    .sort()
    .map((name) => value[name]);
}

function isRef(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && typeof value[0] === 'string' && value.length >= 3 && Number.isInteger(value[1]);
}

function isListOfRefs(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && !isRef(value);
}

function isKeywords(value: unknown): value is Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRef([layer, node, tensor]: readonly unknown[], who: string): TensorRef {
  if (typeof layer !== 'string') throw typeError(`${who}: got layer ${describeValue(layer)}, expected its name`);
  const index = (value: unknown): number => {
    if (Number.isInteger(value) && (value as number) >= 0) return value as number;
    throw rangeError(`${who}: got index ${describeValue(value)} of layer ${describeValue(layer)}, expected an integer`);
  };
  return { layer, node: index(node), tensor: index(tensor) };
}
