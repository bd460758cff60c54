import { rangeError } from '../errors.js';
import { elementCount, formatDims } from '../tensor.js';
import type { Who } from './dims.js';
import { type Dtype, STORAGE } from './dtype.js';
import type { TensorValue } from './graph.js';
import type { Known } from './operator.js';

/** A slab of buffers: its address is known once the plan that it is part of is put into memory. */
export class Home {
  address = 0;

  /** @param inner whether it is the room of a graph within a step, whose values no one outside can read */
  constructor(readonly inner: boolean) {}
}

/** Room in a plan's slab, from the step that writes it first to the last that reads it. */
export interface Buffer {
  readonly home: Home;
  readonly bytes: number;
  /** −1 for what is there before the first step. */
  readonly first: number;
  last: number;
  /** Bytes from the beginning of the slab; set by the layout. */
  offset: number;
  /** The buffer whose room it shares: a next state that is written over the state. */
  over?: Buffer;
}

/** A tensor of a plan: known, or somewhere in the slab. */
export interface PlannedValue extends Known {
  readonly buffer: Buffer | undefined;
  /** The feeds that its elements hang on. */
  readonly origins: ReadonlySet<string>;
}

/** A sequence of tensors: how many there are is known when a plan is made. */
export class PlannedList {
  constructor(readonly items: readonly PlannedValue[]) {}
}

/** An optional without an element. */
export class PlannedNothing {}

/** What a name of a graph can stand for while a plan is made. */
export type Planned = PlannedValue | PlannedList | PlannedNothing;

/** Whether a name stands for a tensor. */
export function isTensorValue(value: Planned | undefined): value is PlannedValue {
  return value !== undefined && 'dtype' in value;
}

/** Where a value lies in memory. */
export function addressIn({ home, offset }: Buffer): number {
  return home.address + offset;
}

const NOTHING: ReadonlySet<string> = new Set();

/** A value whose elements are known. */
export function knownValue(constant: TensorValue): PlannedValue {
  const { dtype, dims } = constant;
  return { dtype, dims, constant, buffer: undefined, origins: NOTHING };
}

/** What a plan may take at most: everything above is refused before memory is asked for. */
export const MAX_BYTES = 2 ** 30;

/**
 * Bytes of a tensor.
 *
 * @throws {RangeError} if its dims are no sizes, one alone is larger than a plan may be, or it needs more than a gigabyte
 */
export function tensorBytes(dtype: Dtype, dims: readonly number[], site: Who): number {
  let count = 1;
  let valid = true;
  for (let d = 0; d < dims.length; d++) {
    const extent = dims[d];
    count *= extent;
    // An extent of 0 hides the others, for each of which an operator may still make a table.
    if (!Number.isInteger(extent) || extent < 0 || extent > MAX_BYTES) valid = false;
  }
  const bytes = count * STORAGE[dtype].bytes;
  if (valid && bytes <= MAX_BYTES) return bytes;
  elementCount(dims, site.who);
  const expected = bytes > MAX_BYTES ? `at most ${MAX_BYTES}` : `extents of at most ${MAX_BYTES}`;
  const got = bytes > MAX_BYTES ? `${formatDims(dims)} that need ${bytes} bytes` : formatDims(dims);
  throw rangeError(`${site.who}: got dims ${got}, expected ${expected}`);
}

/**
 * A plan may take this many bytes whatever the size of its feeds, or this many times the bytes of its feeds. Without a limit the
 * eight bytes that tell a Pad its size could ask for any amount of memory.
 */
const SMALL_BYTES = 2 ** 26;
const GROWTH = 2 ** 16;

/** What a plan for feeds of so many bytes may take. */
export function planLimit(feedBytes: number): number {
  return Math.min(MAX_BYTES, Math.max(SMALL_BYTES, GROWTH * feedBytes));
}

/** @throws {RangeError} if a plan needs more than `limit`; gives the bytes back */
export function assertPlanBytes(bytes: number, limit: number, who: string): number {
  if (bytes <= limit) return bytes;
  throw rangeError(`${who}: got shapes that need ${bytes} bytes, expected at most ${limit} for feeds of these sizes`);
}

/** The feeds that a result of these inputs hangs on. */
export function joinOrigins(inputs: readonly (PlannedValue | undefined)[]): ReadonlySet<string> {
  let joined = NOTHING;
  for (const input of inputs) {
    if (!input || input.origins === joined || input.origins.size === 0) continue;
    joined = joined.size === 0 ? input.origins : new Set([...joined, ...input.origins]);
  }
  return joined;
}
