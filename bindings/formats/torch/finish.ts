import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, type StateDict } from '../../tensor.js';
import { type Budget, readTensor, Storage, TensorView, type TypedTensor, toFloat32 } from '../arrays/strided.js';
import { keyText } from './key-text.js';
import { NumpyArray, NumpyDtype } from './numpy.js';
import { InertObject, isGlobal } from './pickle/values.js';

/** An object that was kept as data: the name of its class, what it was made with, its attributes. */
export interface TorchRecord {
  readonly class: string;
  readonly args: readonly unknown[];
  readonly state: unknown;
}

/** Deeper than any checkpoint nests its parts; names of tensors are built from the path to them. */
const DEEPEST = 64;

/**
 * Turns what a pickle left behind into plain values: dicts whose keys are text become objects without a prototype, tensors
 * are read. Every value is turned once, however often the pickle refers to it, and without recursion.
 */
export function plainValue(root: unknown, budget: Budget, who: string): unknown {
  const done = new Map<unknown, unknown>();
  const waiting: (() => void)[] = [];

  function turn(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    if (!done.has(value)) done.set(value, make(value));
    return done.get(value);
  }

  function make(value: object): unknown {
    if (value instanceof TensorView) return readTensor(value, budget, who);
    if (value instanceof NumpyArray) return value.read();
    if (value instanceof NumpyDtype) return value.dtype;
    if (isGlobal(value)) return value.name;
    if (value instanceof Storage) return { storage: value.key };
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      waiting.push(() => {
        for (const item of value) items.push(turn(item));
      });
      return items;
    }
    if (value instanceof Set) {
      const items = new Set<unknown>();
      waiting.push(() => {
        for (const item of value) items.add(turn(item));
      });
      return items;
    }
    if (value instanceof Map) return makeDict(value);
    if (value instanceof InertObject) {
      const record = { class: value.className, args: [] as unknown[], state: undefined as unknown };
      waiting.push(() => {
        for (const arg of value.args) record.args.push(turn(arg));
        record.state = turn(value.state);
      });
      return record satisfies TorchRecord;
    }
    return value;
  }

  function makeDict(dict: ReadonlyMap<unknown, unknown>): unknown {
    if ([...dict.keys()].every((key) => typeof key === 'string')) {
      const object: Record<string, unknown> = Object.create(null);
      waiting.push(() => {
        for (const [key, item] of dict) object[key as string] = turn(item);
      });
      return object;
    }
    const map = new Map<unknown, unknown>();
    waiting.push(() => {
      for (const [key, item] of dict) map.set(turn(key), turn(item));
    });
    return map;
  }

  const value = turn(root);
  for (let next = waiting.pop(); next; next = waiting.pop()) next();
  return value;
}

/**
 * Finds the tensors in a value and names each by the path to it, its parts joined by dots: `rec.weight_ih_l0` of a state
 * dict, `model.rec.weight_ih_l0` where the state dict lies under `model`.
 *
 * @throws {RangeError} if parts lie within each other deeper than 64
 */
export function tensorsIn(value: unknown, budget: Budget, who: string): StateDict {
  const tensors: StateDict = Object.create(null);
  const seen = new Set<unknown>();

  function visit(part: unknown, path: readonly string[]): void {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return;
    if (isTypedTensor(part)) {
      const name = path.join('.') || 'value';
      if (name in tensors) {
        throw new HiddenstateError(
          'FILE',
          `${who}: got two tensors that are called ${describeValue(name)}, expected names that differ`,
        );
      }
      budget.spend(64 + name.length, name);
      tensors[name] = toFloat32(part, budget, name);
      return;
    }
    if (seen.has(part)) return;
    seen.add(part);
    if (path.length >= DEEPEST) throw rangeError(`${who}: got parts within parts, expected at most ${DEEPEST} deep`);
    for (const [key, item] of entriesOf(part)) visit(item, key === '' ? path : [...path, key]);
  }

  visit(value, []);
  return tensors;
}

function entriesOf(part: object): Iterable<[string, unknown]> {
  // A tensor under a key that has no text is named by the key's place.
  if (part instanceof Map)
    return Array.from(part, ([key, item], place): [string, unknown] => [keyText(key) ?? `[${place}]`, item]);
  if (part instanceof Set) return [];
  // The attributes of a record stand in its place: `rec.weight_ih_l0`, not `rec.state.weight_ih_l0`.
  if (isRecord(part)) return [['', part.state]];
  return Object.entries(part);
}

function isTypedTensor(value: object): value is TypedTensor {
  return 'dtype' in value && 'dims' in value && 'data' in value && ArrayBuffer.isView(value.data);
}

function isRecord(value: object): value is TorchRecord {
  return 'class' in value && 'args' in value && 'state' in value;
}
