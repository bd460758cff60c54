import { HiddenstateError } from '../errors.js';
import type { Streaming } from '../streaming.js';

/** A typed array of a state. */
type Data = Float32Array | Uint8Array | Int32Array | BigInt64Array;

interface Leaf {
  readonly data: Data;
  readonly dims: readonly number[];
}

/** The numbers of a state. */
export interface Numbers {
  readonly values: Float32Array;
  readonly rest: Uint8Array;
}

/**
 * Turns the states that a stream gives, whatever their form, into one row of numbers and back: tensors are found where they are in
 * objects and arrays, in their order.
 */
export class StateCodec {
  private readonly template: unknown;
  /** Floats of a state. */
  readonly size: number;
  /** Bytes of what is no float. */
  readonly restSize: number;

  constructor(stream: Streaming<unknown>) {
    this.template = stream.stateOf(0);
    this.size = 0;
    this.restSize = 0;
    for (const { data } of leavesOf(this.template)) {
      if (data instanceof Float32Array) this.size += data.length;
      else this.restSize += data.byteLength;
    }
    if (this.size + this.restSize === 0) {
      throw new HiddenstateError(
        'UNSUPPORTED',
        'runKeyed: model: got a model that keeps no state, expected a recurrent one',
      );
    }
  }

  /** A state's numbers; those of a state that was given, if they lie as they should. */
  flatten(state: unknown): Numbers {
    const leaves = leavesOf(state);
    // The commonest state has one tensor, and is a copy already.
    if (leaves.length === 1 && leaves[0].data instanceof Float32Array) return { values: leaves[0].data, rest: NOTHING };
    const values = new Float32Array(this.size);
    const rest = new Uint8Array(this.restSize);
    let at = 0;
    let byte = 0;
    for (const { data } of leaves) {
      if (data instanceof Float32Array) {
        values.set(data, at);
        at += data.length;
      } else {
        rest.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), byte);
        byte += data.byteLength;
      }
    }
    return { values, rest };
  }

  /** A state of some numbers, as `reset` takes it. */
  build({ values, rest }: Numbers): unknown {
    let at = 0;
    let byte = 0;
    return mapLeaves(this.template, (leaf) => {
      const { data } = leaf;
      if (data instanceof Float32Array) {
        at += data.length;
        return { ...leaf, data: values.subarray(at - data.length, at) };
      }
      const bytes = rest.slice(byte, byte + data.byteLength);
      byte += data.byteLength;
      const Kind = data.constructor as new (buffer: ArrayBuffer) => Data;
      return { ...leaf, data: new Kind(bytes.buffer as ArrayBuffer) };
    });
  }
}

function isLeaf(value: object): value is Leaf {
  return 'data' in value && 'dims' in value && ArrayBuffer.isView(value.data);
}

const NOTHING = new Uint8Array(0);

function leavesOf(value: unknown, leaves: Leaf[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return leaves;
  if (isLeaf(value)) leaves.push(value);
  else for (const name in value) leavesOf(value[name as keyof typeof value], leaves);
  return leaves;
}

function mapLeaves(value: unknown, change: (leaf: Leaf) => Leaf): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isLeaf(value)) return change(value);
  if (Array.isArray(value)) return value.map((part) => mapLeaves(part, change));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapLeaves(part, change)]));
}
