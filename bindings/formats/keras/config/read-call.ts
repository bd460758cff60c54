import { rangeError, typeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { type DictOrder, isRef } from './dict-order.js';
import { Fields } from './fields.js';
import { type Argument, type CallSpec, type TensorRef, tensorsOf } from './model-spec.js';

/** Lists and objects in lists, at most so deep. */
const MAX_NESTING = 8;

/** The first element of a Keras 2 reference that is a constant: `["_CONSTANT_VALUE", -1, 0.5, {}]`. */
const CONSTANT = '_CONSTANT_VALUE';

/**
 * Reads one entry of `inbound_nodes`: { args, kwargs } (Keras 3), or a list or dict of [layer, node, tensor, keywords] (Keras 2).
 *
 * @param order in which dicts that stand for the inputs or masks of the layer become lists
 * @throws {TypeError | RangeError} that names the layer
 */
export function readCall(call: unknown, who: string, order: DictOrder = {}): CallSpec {
  if (!isOfKeras3(call)) return readListedCall(inOrder(call, order.inputs, order.most), who, order);
  const fields = new Fields(call, who);
  const keywords = fields.has('kwargs') ? fields.object('kwargs') : new Fields({}, who);
  const [first, ...others] = fields.list('args');
  const args = fields.list('args').length > 0 ? [inOrder(first, order.inputs, order.most), ...others] : [];
  return {
    args: args.map((item) => readArgument(item, who, false)),
    keywords: readKeywords(keywords, who, false, order),
  };
}

/** Whether an entry of `inbound_nodes` is one of Keras 3, and no dict of Keras 2, which may have any keys. */
export function isOfKeras3(call: unknown): boolean {
  if (!isKeywords(call)) return false;
  const { args, kwargs = {} } = call;
  return Array.isArray(args) && !isRef(args) && !args.some(isRef) && isKeywords(kwargs);
}

/** Keras 2: references that are the first argument, the keywords behind the first of them. */
function readListedCall(call: unknown, who: string, order: DictOrder): CallSpec {
  const items = refsIn(call, who);
  const given = items.find((item) => isKeywords(item[3]));
  const read = items.map((item) => readArgument(item, who, true));
  return {
    args: [read.length === 1 ? read[0] : read],
    keywords: readKeywords(new Fields(given?.[3] ?? {}, who), who, true, order),
  };
}

/** The values of a dict in the order of the names, where it has them all, or of its keys. Anything else is left as it is. */
function inOrder(value: unknown, names: readonly string[] | undefined, most?: number): unknown {
  if (!isKeywords(value) || value.class_name !== undefined) return value;
  if (names?.every((name) => Object.hasOwn(value, name))) return names.map((name) => value[name]);
  return most === undefined ? value : plainValues(value)?.slice(0, most);
}

/** @param listed whether references are lists of a name and two indices, as Keras 2 writes them */
function readKeywords(
  fields: Fields,
  who: string,
  listed: boolean,
  { inputs, masks, most }: DictOrder,
): Map<string, Argument<TensorRef>> {
  const given = (name: string) => {
    if (name === 'inputs') return inOrder(fields.get(name), inputs, most);
    return name === 'mask' ? inOrder(fields.get(name), masks) : fields.get(name);
  };
  return new Map(fields.names().map((name) => [name, readArgument(given(name), `${who}: ${name}`, listed)] as const));
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
 * Every reference in a value, however its lists and dicts are nested.
 *
 * @throws {TypeError | RangeError} if there is anything else
 */
export function readRefs(value: unknown, who: string): TensorRef[] {
  return refsIn(value, who).map((ref) => toRef(ref, who));
}

/** The same, as the file writes them. */
function refsIn(value: unknown, who: string, depth = 0): (readonly unknown[])[] {
  if (value === undefined || value === null) return [];
  if (depth > MAX_NESTING) {
    throw rangeError(`${who}: got lists nested more than ${MAX_NESTING} deep, expected references to layers`);
  }
  if (isRef(value)) return [value];
  const inside = Array.isArray(value) ? value : plainValues(value);
  if (inside) return inside.flatMap((item) => refsIn(item, who, depth + 1));
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
