import * as hdf5 from 'jsfive';
import { HiddenstateError, isOwnError, rangeError, typeError } from '../../../errors.js';
import { describeValue, elementCount, formatDims } from '../../../tensor.js';
import { messageOf } from './archive.js';

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte);
}

/** An array of a file. */
export interface StoredTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * A file's bytes that may be cut only so often. The reader cuts a few of them at every node it visits, so that trees which
 * lead back to themselves end in an error.
 */
class CountedBuffer extends ArrayBuffer {
  static override get [Symbol.species](): ArrayBufferConstructor {
    return ArrayBuffer;
  }
  /** Cuts, and bytes of them, that are left. */
  private cuts = 0;
  private bytes = 0;

  static of(bytes: Uint8Array): CountedBuffer {
    const buffer = new CountedBuffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    buffer.cuts = 10_000 + bytes.length / 8;
    buffer.bytes = 64 * bytes.length;
    return buffer;
  }

  override slice(begin?: number, end?: number): ArrayBuffer {
    const cut = super.slice(begin ?? 0, end);
    this.cuts -= 1;
    this.bytes -= cut.byteLength;
    if (this.cuts < 0 || this.bytes < 0) throw new EndlessWalk('structures that lead back to themselves');
    return cut;
  }
}

/**
 * Reads groups, attributes and arrays of an HDF5 file by path, through jsfive. Everything that jsfive throws comes out as an
 * error of ours.
 */
export class Hdf5File {
  private readonly root: hdf5.Group;
  /** What was found before, by path. */
  private readonly found = new Map<string, hdf5.Group | hdf5.Dataset>();

  /** @throws {Error} if the bytes are no HDF5 file that can be read */
  constructor(
    bytes: Uint8Array,
    private readonly who: string,
  ) {
    this.root = this.guard('', () => new hdf5.File(CountedBuffer.of(bytes), ''));
  }

  /** Whether there is a group or an array. */
  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** Names in a group; empty where there is no such group. */
  names(path: string): string[] {
    const group = this.find(path);
    return group && 'keys' in group && Array.isArray(group.keys) ? group.keys : [];
  }

  /** A text attribute of a group; `undefined` where there is none. */
  text(path: string, name: string): string | undefined {
    const value = this.attribute(path, name);
    if (value === undefined || typeof value === 'string') return value;
    throw typeError(`${this.who}: attribute ${name}: got ${describeValue(value)}, expected text`);
  }

  /** An attribute of texts, which Keras cuts into `name0`, `name1` … where it is long. */
  texts(path: string, name: string): string[] | undefined {
    const whole = this.attribute(path, name);
    if (whole !== undefined) return this.asTexts(whole, name);
    const parts: string[] = [];
    for (let i = 0; ; i++) {
      const part = this.attribute(path, `${name}${i}`);
      if (part === undefined) return i === 0 ? undefined : parts;
      parts.push(...this.asTexts(part, name));
    }
  }

  /**
   * An array of floating-point numbers.
   *
   * @throws {RangeError} if it claims more elements than the file can hold
   * @throws {Error} if there is none, or it is stored in a way that Keras does not write
   */
  tensor(path: string): StoredTensor {
    const label = `${this.who}: ${describeValue(path)}`;
    const found = this.find(path);
    if (!found || !('dtype' in found)) throw new HiddenstateError('FILE', `${label}: got no such array, expected one`);
    return this.guard(path, () => this.readTensor(found, label));
  }

  private readTensor(dataset: hdf5.Dataset, label: string): StoredTensor {
    const { dtype } = dataset;
    const dims = Array.from(dataset.shape);
    const width = /^[<>|=]?[fiu]([1248])$/.exec(String(dtype))?.[1];
    if (width === undefined)
      throw rangeError(`${label}: got elements ${describeValue(String(dtype))}, expected numbers`);
    // Its loop over a chunk trusts sizes of the file; Keras writes none, so nothing is lost.
    if (dataset._dataobjects.chunks) throw rangeError(`${label}: got a chunked array, expected a contiguous one`);
    const count = elementCount(dims, label);
    if (count * Number(width) > this.bytes) {
      throw rangeError(
        `${label}: got dims ${formatDims(dims)}, expected no more than the file's ${this.bytes} bytes hold`,
      );
    }
    const data = Float32Array.from(dataset.value as ArrayLike<number>);
    if (data.length === count) return { dims, data };
    throw rangeError(`${label}: got ${data.length} elements, expected ${count} for dims ${formatDims(dims)}`);
  }

  private get bytes(): number {
    return this.root._fh.byteLength;
  }

  private asTexts(value: unknown, name: string): string[] {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw typeError(`${this.who}: attribute ${name}: got ${describeValue(value)}, expected texts`);
  }

  private attribute(path: string, name: string): unknown {
    const found = this.find(path);
    if (!found) return undefined;
    return this.guard(path, () => {
      const { attrs } = found;
      return Object.hasOwn(attrs, name) ? trimmed(attrs[name]) : undefined;
    });
  }

  private find(path: string): hdf5.Group | hdf5.Dataset | undefined {
    let found: hdf5.Group | hdf5.Dataset = this.root;
    let at = '';
    for (const part of path.split('/')) {
      if (part === '') continue;
      at = `${at}/${part}`;
      const next: hdf5.Group | hdf5.Dataset | undefined = this.found.get(at) ?? this.child(found, part, path);
      if (!next) return undefined;
      this.found.set(at, next);
      found = next;
    }
    return found;
  }

  private child(group: hdf5.Group | hdf5.Dataset, name: string, path: string): hdf5.Group | hdf5.Dataset | undefined {
    if (!('keys' in group) || !Array.isArray(group.keys)) return undefined;
    return this.guard(path, () => (group.keys.includes(name) ? group.get(name) : undefined)) ?? undefined;
  }

  /** Turns whatever is thrown into an error of ours. */
  private guard<Result>(path: string, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (isOwnError(error)) throw error;
      const where = path === '' ? '' : `${describeValue(path)}: `;
      throw new HiddenstateError(
        'FILE',
        `${this.who}: ${where}got a damaged HDF5 file (${messageOf(error)}), expected one that can be read`,
        {
          cause: error,
        },
      );
    }
  }
}

/** Ends a walk that would not end; `guard` words it. */
class EndlessWalk extends Error {}

/** Texts of a fixed length end in zeros. */
function trimmed(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\0+$/, '');
  return Array.isArray(value) ? value.map(trimmed) : value;
}
