import { rangeError, typeError } from '../../errors.js';
import { assertBoolean, assertOptions, assertSize } from '../../options.js';
import { seededRandom } from '../../random.js';
import { assertTensor, describeValue, formatDims, isFloat32Array, type Tensor } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';
import type { Batch, Batches } from './batches.js';
import { shuffleSeed } from './shuffle-seed.js';

/** One sequence and what is to be learnt of it. */
export interface SequenceItem {
  /** [T, F], or T numbers, such as indices for an Embedding. */
  input: Tensor | Float32Array;
  /** Of the whole sequence a number, such as its class, or an array of F; of its steps [T], or rows [T, F]. */
  target: number | readonly number[] | Tensor | Float32Array;
}

/** Options of `sequences`. */
export interface SequencesOptions {
  /** B: sequences of a batch; the last batch of an epoch has what is left. */
  batch: number;
  /** What stands past the end of a sequence; no model and no loss reads it. Default 0. */
  pad?: number;
  /** Whether sequences of like length are put together, which wastes fewer steps. Default true with `shuffle`, else false. */
  bucket?: boolean;
  /** Seed of a new order in every epoch; without it, sequences come as they are. */
  shuffle?: number | boolean;
}

interface Checked {
  readonly steps: number;
  readonly input: Float32Array;
  readonly target: Float32Array;
}

/**
 * Batches of separate sequences of any lengths: padded to the longest of their batch, with `lengths` that say where each
 * ends. Inputs [T, B, F] or [T, B]; targets [B] for a number a sequence, [B, F] for an array of numbers, [T, B] or [T, B, F]
 * for a tensor of steps.
 *
 * @param items at least one; not copied: leave them as they are
 * @throws {TypeError | RangeError} if an item is empty, unlike the others, or holds NaN or an infinity; its number is said
 *
 * @example
 * ```ts
 * import { sequences } from 'hiddenstate/train';
 *
 * const items = [
 *   { input: Float32Array.of(1, 2, 3), target: 0 }, // three numbers of class 0
 *   { input: Float32Array.of(4, 5), target: 1 },
 * ];
 * const { input, lengths = [] } = sequences(items, { batch: 2 }).at(0, 0);
 * console.log(input.dims, Array.from(lengths)); // [ 3, 2 ] [ 3, 2 ]
 * ```
 */
export function sequences(items: readonly SequenceItem[], options: SequencesOptions): Batches {
  const who = 'sequences';
  assertOptions(options, ['batch', 'pad', 'bucket', 'shuffle'], who);
  const shuffle = shuffleSeed(options.shuffle, who);
  const { batch, pad = 0, bucket = shuffle !== undefined } = options;
  assertSize(batch, `${who}: batch`);
  assertFinite(pad, `${who}: pad`);
  assertBoolean(bucket, `${who}: bucket`);
  if (!Array.isArray(items) || items.length === 0) {
    throw typeError(`${who}: items: got ${describeValue(items)}, expected an array of at least one sequence`);
  }
  const shape = shapeOf(items[0], `${who}: items[0]`);
  const checked = items.map((item, i) => checkItem(item, shape, `${who}: items[${i}]`));
  const size = Math.min(batch, items.length);
  const count = Math.ceil(items.length / size);
  const order = orders(checked, size, bucket, shuffle);
  return {
    count,
    steps: checked.reduce((most, { steps }) => Math.max(most, steps), 0),
    batch: size,
    stateful: false,
    at: (epoch, index) => {
      const chosen = order(epoch).slice(index * size, (index + 1) * size);
      return gather(
        chosen.map((i) => checked[i]),
        shape,
        pad,
      );
    },
  };
}

interface Shape {
  /** Floats of a step, and dims behind [T, B]. */
  readonly width: number;
  readonly dims: readonly number[];
  /** Likewise of the targets; of whole sequences, what lies behind [B]. */
  readonly target: { readonly width: number; readonly dims: readonly number[]; readonly whole: boolean };
}

function shapeOf({ input, target }: SequenceItem, who: string): Shape {
  const stepShape = (part: unknown, name: string) => {
    if (isFloat32Array(part)) return { width: 1, dims: [] };
    assertTensor(part as Tensor, `${who}.${name}`);
    const { dims } = part as Tensor;
    if (dims.length < 1 || dims.length > 2 || dims[1] === 0) {
      throw rangeError(`${who}.${name}: got dims ${formatDims(dims)}, expected [T] or [T, F]`);
    }
    return { width: dims[1] ?? 1, dims: dims.slice(1) };
  };
  const targetShape = () => {
    if (typeof target === 'number') return { width: 1, dims: [], whole: true };
    if (!Array.isArray(target)) return { ...stepShape(target, 'target'), whole: false };
    const { length } = target;
    if (length > 0) return { width: length, dims: [length], whole: true };
    throw rangeError(`${who}.target: got no numbers, expected at least one`);
  };
  return { ...stepShape(input, 'input'), target: targetShape() };
}

function checkItem(item: SequenceItem, shape: Shape, who: string): Checked {
  const own = shapeOf(item, who);
  const same =
    own.width === shape.width && own.dims.length === shape.dims.length && sameTarget(own.target, shape.target);
  if (!same) {
    const row = ({ dims, width }: Shape['target']) => (dims.length > 0 ? `an array of ${width}` : 'a number');
    const say = ({ width, target }: Shape) =>
      `${width} a step and as target ${target.whole ? row(target) : `${target.width} a step`}`;
    throw rangeError(`${who}: got ${say(own)}, expected ${say(shape)} as items[0] has`);
  }
  const dataOf = (part: Tensor | Float32Array) => (isFloat32Array(part) ? part : part.data);
  const input = dataOf(item.input);
  const steps = input.length / own.width;
  if (steps === 0) throw rangeError(`${who}: got an empty sequence, expected at least one step; leave it out`);
  const target = own.target.whole
    ? Float32Array.from([item.target].flat() as number[])
    : dataOf(item.target as Tensor | Float32Array);
  if (!own.target.whole && target.length !== steps * own.target.width) {
    throw rangeError(
      `${who}: target: got ${target.length / own.target.width} steps, expected ${steps} as the input has`,
    );
  }
  for (const [name, data] of Object.entries({ input, target })) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw rangeError(`${who}: ${name}: got ${data[at]} at ${at}, expected finite numbers`);
  }
  return { steps, input, target };
}

function sameTarget(a: Shape['target'], b: Shape['target']): boolean {
  return a.width === b.width && a.dims.length === b.dims.length && a.whole === b.whole;
}

function gather(chosen: readonly Checked[], shape: Shape, pad: number): Batch {
  const steps = chosen.reduce((most, each) => Math.max(most, each.steps), 0);
  const lay = (of: (each: Checked) => Float32Array, width: number, dims: readonly number[]): Tensor => {
    const data = new Float32Array(steps * chosen.length * width).fill(pad);
    chosen.forEach((each, b) => {
      const source = of(each);
      for (let t = 0; t < each.steps; t++) {
        const to = (t * chosen.length + b) * width;
        for (let i = 0; i < width; i++) data[to + i] = source[t * width + i];
      }
    });
    return { data, dims: [steps, chosen.length, ...dims] };
  };
  const { target } = shape;
  return {
    input: lay(({ input }) => input, shape.width, shape.dims),
    target: target.whole
      ? { data: Float32Array.from(chosen.flatMap((each) => [...each.target])), dims: [chosen.length, ...target.dims] }
      : lay((each) => each.target, target.width, target.dims),
    lengths: Int32Array.from(chosen, (each) => each.steps),
  };
}

/** The order of the sequences in an epoch. */
function orders(items: readonly Checked[], size: number, bucket: boolean, seed: number | undefined) {
  const plain = items.map((_, i) => i);
  const byLength = (order: readonly number[]) => [...order].sort((a, b) => items[a].steps - items[b].steps);
  if (seed === undefined) {
    const fixed = bucket ? byLength(plain) : plain;
    return () => fixed;
  }
  return (epoch: number) => {
    // Every epoch has a stream of its own, so that none depends on those before it.
    const random = seededRandom(seed + Math.imul(epoch, 0x9e3779b1));
    const mixed = shuffled(plain, random);
    if (!bucket) return mixed;
    // Sorted by length after mixing, equal lengths stay mixed; then whole batches change places, but for the short last one.
    const sorted = byLength(mixed);
    const whole = Math.floor(sorted.length / size);
    const batches = Array.from({ length: whole }, (_, i) => sorted.slice(i * size, (i + 1) * size));
    return [...shuffled(batches, random).flat(), ...sorted.slice(whole * size)];
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}
