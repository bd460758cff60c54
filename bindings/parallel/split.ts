import { rangeError } from '../errors.js';
import { isFloat32Array, type Tensor } from '../tensor.js';

/** A run of sequences of a batch: those of one thread. */
export interface Share {
  readonly from: number;
  readonly to: number;
}

/**
 * Divides a batch as evenly as it goes.
 *
 * @returns at most `threads` shares, none of them empty
 */
export function shares(batch: number, threads: number): Share[] {
  const count = Math.min(batch, threads);
  const bound = (i: number) => Math.floor((i * batch) / count);
  return Array.from({ length: count }, (_, i) => ({ from: bound(i), to: bound(i + 1) }));
}

/** Memory for so many elements; new unless somebody lends it. */
export type Lend = (length: number) => Float32Array | undefined;
const nobody: Lend = () => undefined;

/** Those sequences of a tensor whose dimension `axis` is the batch. */
export function sliceTensor({ data, dims }: Tensor, axis: number, { from, to }: Share, lend = nobody): Tensor {
  const inner = product(dims.slice(axis + 1));
  const row = dims[axis] * inner;
  const length = (data.length / row) * (to - from) * inner;
  const part = lend(length) ?? new Float32Array(length);
  for (let at = 0, start = from * inner; at < part.length; at += (to - from) * inner, start += row) {
    part.set(data.subarray(start, start + (to - from) * inner), at);
  }
  return { data: part, dims: dims.map((size, i) => (i === axis ? to - from : size)) };
}

/** The elements of a tensor in memory of their own: neither the buffer around a view nor memory shared with other threads. */
export function copyTensor({ data, dims }: Tensor, lend = nobody): Tensor {
  const copy = lend(data.length) ?? new Float32Array(data.length);
  copy.set(data);
  return { data: copy, dims: [...dims] };
}

/** A tensor for the parts that `sliceTensor` makes of it, of which one is here; nothing is in it yet. */
export function wholeOf({ dims: ofPart }: Tensor, axis: number, batch: number, lend = nobody): Tensor {
  const dims = ofPart.map((size, i) => (i === axis ? batch : size));
  return { data: lend(product(dims)) ?? new Float32Array(product(dims)), dims };
}

/** Undoes `sliceTensor` for one part: puts the sequences from `from` on into their whole. */
export function putSlice({ data, dims }: Tensor, axis: number, from: number, part: Tensor): void {
  const inner = product(dims.slice(axis + 1));
  const width = part.dims[axis] * inner;
  for (let at = 0, to = from * inner; at < part.data.length; at += width, to += dims[axis] * inner) {
    data.set(part.data.subarray(at, at + width), to);
  }
}

/** Undoes `sliceTensor`: parts in order, one tensor. */
export function joinTensors(parts: readonly Tensor[], axis: number, lend = nobody): Tensor {
  const batch = parts.reduce((sum, part) => sum + part.dims[axis], 0);
  const whole = wholeOf(parts[0], axis, batch, lend);
  let from = 0;
  for (const part of parts) {
    putSlice(whole, axis, from, part);
    from += part.dims[axis];
  }
  return whole;
}

/** The batch of a state's tensors, [D·L, B, H]. */
const STATE_AXIS = 1;

/**
 * Maps the tensors of the states of a Sequential: arrays of them, objects { h } or { h, c }, `undefined` where a module
 * keeps none.
 *
 * @param states of the same structure
 */
function mapStates(states: readonly unknown[], map: (tensors: Tensor[]) => Tensor): unknown {
  const [first] = states;
  if (Array.isArray(first))
    return first.map((_, i) =>
      mapStates(
        states.map((state) => (state as unknown[])[i]),
        map,
      ),
    );
  if (typeof first !== 'object' || first === null) return first;
  if ('data' in first && 'dims' in first) return map(states as Tensor[]);
  const inside = (name: string) =>
    mapStates(
      states.map((state) => (state as Record<string, unknown>)[name]),
      map,
    );
  return Object.fromEntries(Object.keys(first).map((name) => [name, inside(name)]));
}

/**
 * The states of a share.
 *
 * @throws {RangeError} if a tensor is not one of this batch
 */
export function sliceStates(state: unknown, batch: number, share: Share, who: string): unknown {
  return mapStates([state], ([tensor]) => {
    if (tensor.dims.length !== 3 || tensor.dims[STATE_AXIS] !== batch) {
      throw rangeError(`${who}: state: got dims [${tensor.dims}], expected [D·L, ${batch}, H]`);
    }
    return sliceTensor(tensor, STATE_AXIS, share);
  });
}

/** States of a whole batch in memory of their own; what is no state is left to the thread to refuse. */
export function copyStates(state: unknown): unknown {
  return mapStates([state], ([tensor]) => (isFloat32Array(tensor.data) ? copyTensor(tensor) : tensor));
}

/** Undoes `sliceStates`. */
export function joinStates(states: readonly unknown[]): unknown {
  return mapStates(states, (tensors) => joinTensors(tensors, STATE_AXIS));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
