import { HiddenstateError, rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { tensorsOf } from '../config/model-spec.js';
import type { Value } from '../graph-builder.js';
import { needsWholeSequence } from '../layers/layer.js';
import { argument, type Operation, type OperationContext, tensor } from './operation.js';

/** One entry of x[…]. */
type Pick =
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'slice'; readonly start: number | null; readonly stop: number | null; readonly step: number }
  | { readonly kind: 'new' }
  | { readonly kind: 'rest' };

/** Past every end, where a slice names none. */
const FAR = 0x7fffffff;

/**
 * x[key], the key as Keras writes it: indices, slices, `None` for a new dimension, an ellipsis.
 *
 * @throws {Error | RangeError} that says which entry cannot be read
 */
export const getItem: Operation = (context, call) => {
  const x = tensor(context, call);
  const key = argument(context, call, 1, 'key');
  if (tensorsOf(key).length > 0) {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${context.who}: got a tensor as an index, expected numbers and slices: use keras.ops.take`,
    );
  }
  return [pickFrom(context, x, 'constant' in key ? key.constant : [])];
};

/** x[key] of a value. */
export function pickFrom(context: OperationContext, x: Value, key: unknown): Value {
  return pick(context, x, expanded(context, isPickList(key) ? key : [key], x.rank));
}

/** Keras 2 writes a tuple of slices as a list, and a slice as an object. */
function isPickList(key: unknown): key is readonly unknown[] {
  return Array.isArray(key);
}

/** The entries, the ellipsis written out. */
function expanded(context: OperationContext, key: readonly unknown[], rank: number): Pick[] {
  const picks = key.map((entry) => readPick(context, entry));
  const used = picks.filter(({ kind }) => kind === 'index' || kind === 'slice').length;
  if (used > rank || picks.filter(({ kind }) => kind === 'rest').length > 1) {
    throw rangeError(`${context.who}: got ${used} indices, expected at most ${rank}, one for each dimension`);
  }
  const missing = Array.from(
    { length: rank - used },
    (): Pick => ({ kind: 'slice', start: null, stop: null, step: 1 }),
  );
  const at = picks.findIndex(({ kind }) => kind === 'rest');
  return at < 0 ? [...picks, ...missing] : [...picks.slice(0, at), ...missing, ...picks.slice(at + 1)];
}

function readPick({ who }: OperationContext, entry: unknown): Pick {
  if (entry === null) return { kind: 'new' };
  if (Number.isInteger(entry)) return { kind: 'index', at: entry as number };
  const { class_name: className, config, ...own } = (entry ?? {}) as Partial<Record<string, unknown>>;
  if (className === '__ellipsis__') return { kind: 'rest' };
  const slice = (className === '__slice__' ? config : own) as Partial<Record<'start' | 'stop' | 'step', unknown>>;
  const isSlice = className === '__slice__' || (className === undefined && 'start' in own && 'stop' in own);
  const numbers = [slice.start ?? null, slice.stop ?? null, slice.step ?? 1];
  if (isSlice && numbers.every((number) => number === null || Number.isInteger(number)) && numbers[2] !== 0) {
    return {
      kind: 'slice',
      start: numbers[0] as number | null,
      stop: numbers[1] as number | null,
      step: numbers[2] as number,
    };
  }
  throw rangeError(`${who}: got ${describeValue(className ?? entry)} as an index, expected numbers and slices`);
}

function pick(context: OperationContext, x: Value, picks: readonly Pick[]): Value {
  const { builder, name } = context;
  const axes: number[] = [];
  const [starts, ends, steps] = [[], [], []] as [number[], number[], number[]];
  const squeezed: number[] = [];
  const added: number[] = [];
  let axis = 0;
  let out = 0;
  for (const entry of picks) {
    if (entry.kind === 'new') added.push(out++);
    if (entry.kind !== 'index' && entry.kind !== 'slice') continue;
    const isWhole = entry.kind === 'slice' && entry.start === null && entry.stop === null && entry.step === 1;
    // The last step is what a stream has got to.
    const isLast = entry.kind === 'index' && entry.at === -1;
    if (axis === 1 && !isWhole && !isLast) needsWholeSequence(context, 'a part of the second dimension', x);
    if (entry.kind === 'index') {
      axes.push(axis);
      starts.push(entry.at);
      ends.push(entry.at === -1 ? FAR : entry.at + 1);
      steps.push(1);
      squeezed.push(axis);
    } else {
      out++;
      if (!isWhole) {
        axes.push(axis);
        starts.push(entry.start ?? (entry.step < 0 ? FAR : 0));
        ends.push(entry.stop ?? (entry.step < 0 ? -FAR : FAR));
        steps.push(entry.step);
      }
    }
    axis++;
  }
  let result = x.name;
  const list = (label: string, values: readonly number[]) => builder.integers(`${name}/${label}`, values);
  if (axes.length > 0) {
    result = builder.add('Slice', name, [
      result,
      list('starts', starts),
      list('ends', ends),
      list('axes', axes),
      list('steps', steps),
    ]);
  }
  if (squeezed.length > 0) result = builder.add('Squeeze', name, [result, list('squeezed', squeezed)]);
  if (added.length > 0) result = builder.add('Unsqueeze', name, [result, list('added', added)]);
  const keepsTime = !squeezed.includes(0) && !squeezed.includes(1) && !added.some((place) => place < 2);
  if (added.some((place) => place < 2)) needsWholeSequence(context, 'a new dimension before the steps', x);
  return { name: result, dtype: x.dtype, rank: out, timed: x.timed && keepsTime };
}
