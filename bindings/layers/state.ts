import { padToLanes } from '../engine/abi.js';
import { typeError } from '../errors.js';
import { describeValue, readable, type Tensor } from '../tensor.js';
import { copyRows } from '../weights/packing.js';
import { expectDims } from '../weights/state-dict.js';

/** State of an RNN or a GRU: h, [D·L, B, H], or [D·L, H] for an unbatched input. */
export interface HiddenState {
  readonly h: Tensor;
}

/** State of an LSTM: h, [D·L, B, H] (projSize features where projected), and the cell state c, [D·L, B, H]. */
export interface LSTMState extends HiddenState {
  readonly c: Tensor;
}

/** How the states of all cells of a layer (layers × directions) lie in wasm memory: [cells][batch][padded size]. */
export interface StateShape {
  /** Layers × directions. */
  readonly cells: number;
  readonly batch: number;
  /** Rows from one cell's first sequence to the next cell's, where that is not `batch`: of one sequence among many. */
  readonly pitch?: number;
  /** Features of h. */
  readonly outputSize: number;
  /** Features of c; 0 where there is none. */
  readonly cellSize: number;
}

/** Where states of a shape lie in wasm memory: addresses of h, and of c where there is one. */
export interface StatePlace {
  readonly shape: StateShape;
  readonly h: number;
  readonly c: number;
}

/** Floats of h and of c. */
export function stateSizes({ cells, batch, outputSize, cellSize }: StateShape): { h: number; c: number } {
  return { h: cells * batch * padToLanes(outputSize), c: cells * batch * padToLanes(cellSize) };
}

/**
 * Checks a state that a user hands in.
 *
 * @param dims what comes before the features: [D·L, B], [D·L] unbatched, [B] or [] for a cell
 * @throws {TypeError} if it is not an object with h, and c where there is a cell state, or has anything else
 * @throws {RangeError} if a tensor has other dims
 */
export function checkState(
  state: unknown,
  shape: StateShape,
  dims: readonly number[],
  who: string,
): Partial<LSTMState> {
  const names = shape.cellSize ? ['h', 'c'] : ['h'];
  const expected = `a state { ${names.join(', ')} }`;
  if (typeof state !== 'object' || state === null || !readable(state))
    throw typeError(`${who}: got ${describeValue(state)}, expected ${expected}`);
  const unknown = Object.keys(state).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw typeError(`${who}: got ${describeValue(unknown)} in the state, expected ${expected}`);
  const { h, c } = state as Partial<LSTMState>;
  return {
    h: expectDims(h, [...dims, shape.outputSize], `${who}: h`),
    c: shape.cellSize ? expectDims(c, [...dims, shape.cellSize], `${who}: c`) : undefined,
  };
}

/**
 * Puts a checked state, or zeros, into wasm memory.
 *
 * @param memory wasm memory as floats
 * @param h address of h
 * @param c address of c; not used without cell state
 * @param order which sequence of the batch each row holds; as they come unless given
 */
export function writeState(
  memory: Float32Array,
  h: number,
  c: number,
  shape: StateShape,
  state: Partial<LSTMState> | undefined,
  order?: ArrayLike<number>,
): void {
  writePart(memory, h, shape, shape.outputSize, state?.h, order);
  writePart(memory, c, shape, shape.cellSize, state?.c, order);
}

/**
 * Copies a state out of wasm memory.
 *
 * @param dims as in `checkState`
 * @returns tensors of their own
 */
export function readState(
  memory: Float32Array,
  h: number,
  c: number,
  shape: StateShape,
  dims: readonly number[],
  order?: ArrayLike<number>,
): HiddenState | LSTMState {
  const hidden = readPart(memory, h, shape, shape.outputSize, dims, order);
  return shape.cellSize ? { h: hidden, c: readPart(memory, c, shape, shape.cellSize, dims, order) } : { h: hidden };
}

/** Copies the state of one sequence to the place of another of the same layer. */
export function copyState(memory: Float32Array, to: StatePlace, from: StatePlace): void {
  copyPart(memory, to, from, 'h', to.shape.outputSize);
  copyPart(memory, to, from, 'c', to.shape.cellSize);
}

function copyPart(memory: Float32Array, to: StatePlace, from: StatePlace, part: 'h' | 'c', size: number): void {
  const stride = padToLanes(size);
  const row = ({ shape, [part]: address }: StatePlace, cell: number) =>
    address / 4 + cell * (shape.pitch ?? shape.batch) * stride;
  for (let cell = 0; cell < to.shape.cells; cell++) {
    const start = row(from, cell);
    memory.copyWithin(row(to, cell), start, start + stride);
  }
}

function writePart(
  memory: Float32Array,
  address: number,
  shape: StateShape,
  size: number,
  tensor: Tensor | undefined,
  order?: ArrayLike<number>,
): void {
  const stride = padToLanes(size);
  eachRow(address, shape, size, order, (row, at) => {
    memory.fill(0, row, row + stride);
    if (tensor) copyRows(memory, row, stride, tensor.data, at, size, 1, size);
  });
}

function readPart(
  memory: Float32Array,
  address: number,
  shape: StateShape,
  size: number,
  dims: readonly number[],
  order?: ArrayLike<number>,
): Tensor {
  const data = new Float32Array(shape.cells * shape.batch * size);
  eachRow(address, shape, size, order, (row, at) => copyRows(data, at, size, memory, row, size, 1, size));
  return { data, dims: [...dims, size] };
}

/** Visits the rows of h or c: where each begins in wasm memory and in a tensor, in floats. */
function eachRow(
  address: number,
  { cells, batch, pitch = batch }: StateShape,
  size: number,
  order: ArrayLike<number> | undefined,
  visit: (row: number, at: number) => void,
): void {
  for (let cell = 0; cell < cells; cell++) {
    for (let b = 0; b < batch; b++) {
      visit(address / 4 + (cell * pitch + b) * padToLanes(size), (cell * batch + (order ? order[b] : b)) * size);
    }
  }
}
