import { rangeError } from '../../../../errors.js';
import { elementCount, formatDims } from '../../../../tensor.js';
import { readDims } from './attributes.js';
import { readChunkDims, readChunks, readFill } from './chunks.js';
import { readDatatype, readNumbers } from './datatype.js';
import { readFilters } from './filters.js';
import { MESSAGE, type Message, messageOf } from './object-header.js';
import { Budget, DamagedFile, NOWHERE, Region } from './region.js';

/** An array of a file. */
export interface StoredTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Arrays that lie in the file as they are may come to so many times its bytes. */
const MOST_TIMES = 4;

/** Arrays in chunks may inflate to so many times the bytes of the file, or to 16 MiB, as the entries of an archive may. */
const USUAL_RATIO = 100;
const ROOM_BYTES = 2 ** 24;

/** Kinds of layouts. */
const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const UNREAD: Readonly<Record<number, string>> = {
  [CHUNKED]: "an array in chunks saved with libver='latest'",
  3: 'an array made of others',
};

/** What a layout is read with. */
interface Found {
  readonly messages: readonly Message[];
  readonly layout: Region;
  readonly dims: readonly number[];
  /** Bytes of an element. */
  readonly size: number;
  readonly label: string;
  /** Whether it was read before. */
  readonly known: boolean;
}

/** Reads the arrays of a file, and counts what they come to: each path once, however often a model is built from it. */
export class ArrayReader {
  private readonly contiguous: Budget;
  private readonly room: Budget;
  private readonly counted = new Set<string>();

  constructor(
    private readonly file: Region,
    private readonly structures: Budget,
  ) {
    this.contiguous = new Budget(MOST_TIMES * file.length);
    const most = Math.max(ROOM_BYTES, USUAL_RATIO * file.length);
    this.room = new Budget(most, `${file.length} bytes whose chunks inflate to more than ${most}`);
  }

  /**
   * Reads an array of numbers as float32.
   *
   * @param label the beginning of messages
   * @throws {RangeError} if it claims more elements than the file holds for it, or is stored in a way that is not read
   * @throws {DamagedFile} if its structures are wrong, or lead to more than the file may
   */
  read(messages: readonly Message[], layout: Region, path: string, label: string): StoredTensor {
    const [space, typed] = [MESSAGE.dataspace, MESSAGE.datatype].map((type) => messageOf(messages, type));
    if (!space || !typed) throw new DamagedFile('an array without dims or type');
    const type = readDatatype(typed);
    if (!['integer', 'float', 'bfloat16'].includes(type.kind)) {
      throw rangeError(`${label}: got elements of another type (${type.kind}), expected numbers`);
    }
    const dims = readDims(space);
    if (!dims) throw rangeError(`${label}: got an array of nothing, expected numbers`);
    const size = elementCount(dims, label) * type.size;
    const known = this.counted.has(path);
    const stored = this.stored({ messages, layout, dims, size: type.size, label, known });
    if (size !== stored.length) {
      throw rangeError(
        `${label}: got dims ${formatDims(dims)}, expected what the ${stored.length} bytes of the array hold`,
      );
    }
    this.counted.add(path);
    return { dims, data: readNumbers(stored.bytes, type) };
  }

  /** The elements of an array (specification, IV.A.2.i). */
  private stored(found: Found): Region {
    const { messages, layout, label, known } = found;
    if (messageOf(messages, MESSAGE.externalFiles)) {
      throw rangeError(`${label}: got an array in another file, expected one in this file`);
    }
    const [version, kind] = [layout.u8(0), layout.u8(1)];
    if (version < 3 || version > 5) throw new DamagedFile(`an array's layout of version ${version}`);
    if (kind === COMPACT) return layout.part(4, layout.u16(2));
    if (kind === CHUNKED && version === 3) return new Region(this.chunks(found));
    if (kind !== CONTIGUOUS) {
      const what = UNREAD[kind] ?? `an array of layout ${kind}`;
      throw rangeError(`${label}: got ${what}, expected one as h5py writes it by itself`);
    }
    const [address, length] = [layout.address(2), layout.size(10)];
    if (address === NOWHERE && length > 0) {
      throw rangeError(`${label}: got an array that was never written, expected its numbers`);
    }
    if (!known) this.contiguous.charge(length);
    return this.file.part(address === NOWHERE ? 0 : address, length);
  }

  private chunks({ messages, layout, dims, size, known }: Found): Uint8Array {
    const filters = messageOf(messages, MESSAGE.filters);
    const array = {
      dims,
      size,
      chunk: readChunkDims(layout, dims.length),
      filters: filters ? readFilters(filters) : [],
      fill: readFill(messageOf(messages, MESSAGE.fillValue), size),
    };
    const [structures, room] = known ? [UNCOUNTED, UNCOUNTED] : [this.structures, this.room];
    return readChunks(this.file, layout.address(3), array, structures, room);
  }
}

const UNCOUNTED = new Budget(Number.POSITIVE_INFINITY);
