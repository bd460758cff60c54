import { HiddenstateError, typeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { ArrayReader, type StoredTensor } from './hdf5/array-reader.js';
import { readAttribute, readAttributes, TextHeaps } from './hdf5/attributes.js';
import { readGroup } from './hdf5/group.js';
import { MESSAGE, type Message, messageOf, readHeader } from './hdf5/object-header.js';
import { Budget, DamagedFile, Region } from './hdf5/region.js';

export type { StoredTensor } from './hdf5/array-reader.js';

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte);
}

/** A group or an array, as far as it was read. */
interface StoredObject {
  readonly messages: readonly Message[];
  readonly members: ReadonlyMap<string, number> | undefined;
  readonly attributes: ReadonlyMap<string, Region>;
}

/** The structures of a file, and what of its texts is read, may come to so many times its bytes. */
const MOST_TIMES = 4;

/**
 * Reads groups, attributes and arrays of an HDF5 file by path: the part of the format that h5py writes unless told otherwise,
 * which is what Keras leaves. Arrays are contiguous or in chunks and in the file, of integers or IEEE floats or bfloat16;
 * everything else is refused by name.
 *
 * A file is not trusted: every address and size is checked against the bytes that are there before anything is read or taken,
 * and all that its structures lead to is counted, so that no file costs more than a few times its bytes.
 *
 * Source: HDF5 File Format Specification 3.0.
 */
export class Hdf5File {
  private readonly file: Region;
  private readonly root: number;
  private readonly structures: Budget;
  private readonly arrays: ArrayReader;
  private readonly heaps: TextHeaps;
  private readonly objects = new Map<number, StoredObject>();

  /** @throws {Error} if the bytes are no HDF5 file that can be read */
  constructor(
    bytes: Uint8Array,
    private readonly who: string,
  ) {
    this.file = new Region(bytes);
    this.structures = new Budget(MOST_TIMES * bytes.length);
    this.arrays = new ArrayReader(this.file, this.structures);
    this.heaps = new TextHeaps(this.file, this.structures);
    this.root = this.guard('', () => {
      const root = readSuperblock(this.file);
      this.objectAt(root);
      return root;
    });
  }

  /** Whether there is a group or an array. */
  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** Names in a group; empty where there is no such group. */
  names(path: string): string[] {
    return [...(this.find(path)?.members?.keys() ?? [])];
  }

  /** Whether there is an array, and not a group. */
  holdsArray(path: string): boolean {
    const found = this.find(path);
    return found !== undefined && messageOf(found.messages, MESSAGE.layout) !== undefined;
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
    const parts: string[][] = [];
    for (let i = 0; ; i++) {
      const part = this.attribute(path, `${name}${i}`);
      if (part === undefined) return i === 0 ? undefined : parts.flat();
      parts.push(this.asTexts(part, name));
    }
  }

  /**
   * An array of numbers, as float32.
   *
   * @throws {RangeError} if it claims more elements than the file holds for it, or is stored in a way that Keras does not write
   * @throws {Error} if there is none
   */
  tensor(path: string): StoredTensor {
    const label = `${this.who}: ${describeValue(path)}`;
    const found = this.find(path);
    const layout = found && messageOf(found.messages, MESSAGE.layout);
    if (!layout) throw new HiddenstateError('FILE', `${label}: got no such array, expected one`);
    return this.guard(path, () => this.arrays.read(found.messages, layout, path, label));
  }

  private asTexts(value: string | string[] | object, name: string): string[] {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return value;
    throw typeError(`${this.who}: attribute ${name}: got ${describeValue(value)}, expected texts`);
  }

  /** Texts; an object for an attribute of anything else. */
  private attribute(path: string, name: string): string | string[] | object | undefined {
    const found = this.find(path);
    return this.guard(path, () => {
      const attribute = found?.attributes.get(name);
      return attribute && (this.heaps.read(readAttribute(attribute)) ?? {});
    });
  }

  private find(path: string): StoredObject | undefined {
    return this.guard(path, () => {
      let found: StoredObject | undefined = this.objectAt(this.root);
      for (const part of path.split('/')) {
        if (part === '') continue;
        const address: number | undefined = found?.members?.get(part);
        if (address === undefined) return undefined;
        found = this.objectAt(address);
      }
      return found;
    });
  }

  private objectAt(address: number): StoredObject {
    const known = this.objects.get(address);
    if (known) return known;
    const messages = readHeader(this.file, address, this.structures);
    // Attributes that nobody asks for are looked at, too: one that claims what is not there is damage or worse.
    const attributes = readAttributes(messages);
    const object = { messages, attributes, members: readGroup(this.file, messages, this.structures) };
    this.objects.set(address, object);
    return object;
  }

  /** Turns what is wrong with the file into an error of ours. */
  private guard<Result>(path: string, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      const where = path === '' ? '' : `${describeValue(path)}: `;
      throw new HiddenstateError(
        'FILE',
        `${this.who}: ${where}got a damaged HDF5 file (${error.message}), expected one that can be read`,
        { cause: error },
      );
    }
  }
}

/**
 * Specification, II.A.
 *
 * @returns the address of the root group
 */
function readSuperblock(file: Region): number {
  const version = file.u8(8);
  if (version > 3) throw new DamagedFile(`a superblock of version ${version}`);
  const old = version < 2;
  if (file.u8(old ? 13 : 9) !== 8 || file.u8(old ? 14 : 10) !== 8)
    throw new DamagedFile('addresses of other than 8 bytes');
  const base = old ? 24 + 4 * version : 12;
  if (file.address(base) !== 0) throw new DamagedFile('a block of the user before the file');
  const end = file.size(base + 16);
  if (end > file.length) throw new DamagedFile(`${file.length} of ${end} bytes`);
  return file.address(base + (old ? 40 : 24));
}
