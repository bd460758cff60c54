import { type Filter, unfilter } from './filters.js';
import { type Budget, DamagedFile, NOWHERE, type Region } from './region.js';

/** Levels of a tree of chunks: each multiplies what it holds by at least two. */
const MOST_LEVELS = 64;

/** Bytes that each copy is counted as: where rows are short, that is what takes the time. */
const COPY = 64;

/** An array in blocks of equal dims, each stored apart and, where there are filters, packed. */
export interface ChunkedArray {
  /** Of the array, and of a chunk. */
  readonly dims: readonly number[];
  readonly chunk: readonly number[];
  /** Bytes of an element. */
  readonly size: number;
  readonly filters: readonly Filter[];
  /** The element that stands where no chunk was written; `undefined` where there is to be none. */
  readonly fill: Uint8Array | undefined;
}

/**
 * Reads the dims of a chunk from an array's layout of version 3 (specification, IV.A.2.i).
 *
 * @param rank of the array
 */
export function readChunkDims(layout: Region, rank: number): number[] {
  // The last one is the size of an element.
  if (layout.u8(2) !== rank + 1) throw new DamagedFile(`chunks of ${layout.u8(2) - 1} dims in an array of ${rank}`);
  const dims = Array.from({ length: rank }, (_, i) => layout.u32(11 + 4 * i));
  if (rank === 0 || dims.includes(0)) throw new DamagedFile('chunks of no elements');
  return dims;
}

/**
 * Reads the value message of an array (specification, IV.A.2.f).
 *
 * @returns zeros where the message leaves it to HDF5, `undefined` where it says that there is none
 */
export function readFill(body: Region | undefined, size: number): Uint8Array | undefined {
  const zeros = new Uint8Array(size);
  if (!body) return zeros;
  const version = body.u8(0);
  if (version < 1 || version > 3) throw new DamagedFile(`a fill value of version ${version}`);
  const flags = body.u8(1);
  const [isUndefined, isGiven] =
    version === 3
      ? [(flags & 16) !== 0, (flags & 32) !== 0]
      : [version === 2 && body.u8(3) === 0, version === 1 || body.u8(3) !== 0];
  if (isUndefined) return undefined;
  const at = version === 3 ? 2 : 4;
  const length = isGiven ? body.u32(at) : 0;
  if (length === 0) return zeros;
  if (length !== size) throw new DamagedFile(`a fill value of ${length} bytes in an array of elements of ${size}`);
  return body.part(at + 4, size).bytes;
}

/**
 * Puts an array's chunks together (specification, III.A.1: B-trees of version 1, node type 1).
 *
 * @param root address of the tree
 * @param structures counts what of the file the tree leads to
 * @param room counts the bytes that chunks come to when they are unpacked
 * @returns the elements in row-major order
 */
export function readChunks(
  file: Region,
  root: number,
  array: ChunkedArray,
  structures: Budget,
  room: Budget,
): Uint8Array {
  const { dims, chunk, size, filters, fill } = array;
  const total = dims.reduce((product, dim) => product * dim, size);
  const chunkBytes = chunk.reduce((product, dim) => product * dim, size);
  const expected = dims.reduce((product, dim, d) => product * Math.ceil(dim / chunk[d]), 1);
  const copies = dims
    .slice(0, -1)
    .reduce((product, dim) => product * dim, Math.ceil(dims[dims.length - 1] / chunk[dims.length - 1]));
  room.charge(total + COPY * (expected + copies));
  const whole = new Uint8Array(total);
  const seen = new Set<string>();
  const keySize = 8 + 8 * (dims.length + 1);

  const place = (key: Region, address: number): void => {
    const at = dims.map((_, d) => key.size(8 + 8 * d));
    if (at.some((begin, d) => begin % chunk[d] !== 0)) throw new DamagedFile('a chunk between two places');
    // Of an array that was made smaller.
    if (at.some((begin, d) => begin >= dims[d])) return;
    const name = at.join();
    if (seen.has(name)) throw new DamagedFile('one chunk twice');
    seen.add(name);
    const stored = file.part(address, key.u32(0));
    structures.charge(stored.length);
    room.charge(chunkBytes);
    copyChunk(unfilter(filters, key.u32(4), stored.bytes, chunkBytes), at, array, whole);
  };

  const visit = (address: number, most: number): void => {
    file.expect(address, 'TREE');
    const [type, level, count] = [file.u8(address + 4), file.u8(address + 5), file.u16(address + 6)];
    if (type !== 1 || level >= most) throw new DamagedFile('a tree of chunks that is none, or leads back to itself');
    structures.charge(24 + (keySize + 8) * count);
    for (let i = 0; i < count; i++) {
      const at = address + 24 + (keySize + 8) * i;
      const child = file.address(at + keySize);
      if (level > 0) visit(child, level);
      else place(file.part(at, keySize), child);
    }
  };

  if (root !== NOWHERE) visit(root, MOST_LEVELS);
  if (seen.size === expected) return whole;
  if (seen.size === 0 || !fill) throw new DamagedFile(`${seen.size} of ${expected} chunks`);
  return fill.some((byte) => byte !== 0) ? withFill(whole, array, seen, fill) : whole;
}

/** Writes the fill value where no chunk stands. */
function withFill(whole: Uint8Array, array: ChunkedArray, seen: ReadonlySet<string>, fill: Uint8Array): Uint8Array {
  const { dims, chunk, size } = array;
  const elements = chunk.reduce((product, dim) => product * dim, 1);
  const filled = new Uint8Array(elements * size);
  for (let i = 0; i < elements; i++) filled.set(fill, i * size);
  const visit = (at: number[]): void => {
    const d = at.length;
    if (d < dims.length) for (let begin = 0; begin < dims[d]; begin += chunk[d]) visit([...at, begin]);
    else if (!seen.has(at.join())) copyChunk(filled, at, array, whole);
  };
  visit([]);
  return whole;
}

/** Copies a chunk to its place, without what of it lies past the array's end. */
function copyChunk(from: Uint8Array, at: readonly number[], { dims, chunk, size }: ChunkedArray, to: Uint8Array): void {
  const counts = chunk.map((dim, d) => Math.min(dim, dims[d] - at[d]));
  const visit = (d: number, source: number, target: number): void => {
    if (d < dims.length - 1) {
      for (let i = 0; i < counts[d]; i++) visit(d + 1, (source + i) * chunk[d + 1], (target + at[d] + i) * dims[d + 1]);
      return;
    }
    const begin = source * size;
    to.set(from.subarray(begin, begin + counts[d] * size), (target + at[d]) * size);
  };
  visit(0, 0, 0);
}
