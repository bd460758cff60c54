import { type Datatype, readDatatype } from './datatype.js';
import { MESSAGE, type Message, messageOf } from './object-header.js';
import { type Budget, DamagedFile, NOWHERE, type Region } from './region.js';

/** Reads the sizes of a dataspace message (specification, IV.A.2.b); `null` for a space of nothing. */
export function readDims(body: Region): number[] | null {
  const [version, rank] = [body.u8(0), body.u8(1)];
  if (version !== 1 && version !== 2) throw new DamagedFile(`a dataspace of version ${version}`);
  if (version === 2 && body.u8(3) === 2) return null;
  const start = version === 1 ? 8 : 4;
  return Array.from({ length: rank }, (_, i) => body.size(start + 8 * i));
}

/** An attribute of an object. */
export interface Attribute {
  readonly type: Datatype;
  /** `null` for one of nothing. */
  readonly dims: readonly number[] | null;
  /** Its elements, and what may follow them. */
  readonly data: Region;
}

/**
 * An object's attributes by their names, each to be read by `readAttribute`.
 *
 * @throws {DamagedFile} if the object's attributes are stored in a way that h5py chooses only when asked to
 */
export function readAttributes(messages: readonly Message[]): Map<string, Region> {
  const info = messageOf(messages, MESSAGE.attributeInfo);
  if (info && info.address(info.u8(1) & 1 ? 4 : 2) !== NOWHERE) {
    throw new DamagedFile('attributes in a fractal heap, which Keras does not write,');
  }
  const found = new Map<string, Region>();
  for (const { type, body } of messages) {
    if (type !== MESSAGE.attribute) continue;
    const name = body.text(startOf(body), body.u16(2));
    if (found.has(name)) throw new DamagedFile('one attribute twice');
    if (!isShared(body)) checkSize(readAttribute(body));
    found.set(name, body);
  }
  return found;
}

/** Whether its type or its dims are those of another object. */
function isShared(body: Region): boolean {
  return body.u8(0) > 1 && body.u8(1) !== 0;
}

/** Of an attribute that nobody reads, too: one that claims what is not there is damage or worse. */
function checkSize({ type, dims, data }: Attribute): void {
  const count = (dims ?? [0]).reduce((product, size) => product * size, 1);
  if (!(count * type.size <= data.length)) throw new DamagedFile(`${count} elements in ${data.length} bytes`);
}

function startOf(body: Region): number {
  const version = body.u8(0);
  if (version < 1 || version > 3) throw new DamagedFile(`an attribute of version ${version}`);
  return version === 3 ? 9 : 8;
}

/** Reads an attribute message (specification, IV.A.2.m). */
export function readAttribute(body: Region): Attribute {
  const version = body.u8(0);
  const sizes = [2, 4, 6].map((at) => body.u16(at));
  if (isShared(body)) throw new DamagedFile('an attribute of a shared type');
  const [nameSize, typeSize, spaceSize] = version === 1 ? sizes.map((size) => Math.ceil(size / 8) * 8) : sizes;
  const typeAt = startOf(body) + nameSize;
  const spaceAt = typeAt + typeSize;
  return {
    type: readDatatype(body.part(typeAt, sizes[1])),
    dims: readDims(body.part(spaceAt, sizes[2])),
    data: body.from(spaceAt + spaceSize),
  };
}

/** Texts of variable length: a file keeps them in heaps, and where each is in the attribute. */
export class TextHeaps {
  private readonly heaps = new Map<number, Map<number, Region>>();

  constructor(
    private readonly file: Region,
    private readonly budget: Budget,
  ) {}

  /**
   * Reads an attribute of texts.
   *
   * @returns one text for an attribute of no dims, `undefined` for one of other elements
   * @throws {DamagedFile} if it claims more elements than its bytes hold
   */
  read({ type, dims, data }: Attribute): string | string[] | undefined {
    const count = (dims ?? [0]).reduce((product, size) => product * size, 1);
    // What h5py makes of an empty list has elements of another type.
    if (count === 0) return [];
    if (type.kind !== 'string' && type.kind !== 'variable string') return undefined;
    if (!(count * type.size <= data.length)) throw new DamagedFile(`${count} texts in ${data.length} bytes`);
    const texts = Array.from({ length: count }, (_, i) => {
      const element = data.part(i * type.size, type.size);
      return type.kind === 'string' ? element.text(0) : this.textAt(element);
    });
    return dims?.length === 0 ? texts[0] : texts;
  }

  private textAt(element: Region): string {
    const length = element.u32(0);
    if (length === 0) return '';
    const text = this.heapAt(element.address(4)).get(element.u32(12));
    if (!text) throw new DamagedFile('a text that is in no heap');
    this.budget.charge(length);
    return text.text(0, length);
  }

  /** Specification, III.E: the objects of a global heap by their numbers. */
  private heapAt(at: number): Map<number, Region> {
    const known = this.heaps.get(at);
    if (known) return known;
    this.file.expect(at, 'GCOL');
    const heap = this.file.part(at, this.file.size(at + 8));
    this.budget.charge(heap.length);
    const objects = new Map<number, Region>();
    for (let next = 16; next + 16 <= heap.length; ) {
      const [index, size] = [heap.u16(next), heap.size(next + 8)];
      if (index === 0) break;
      objects.set(index, heap.part(next + 16, size));
      next += 16 + Math.ceil(size / 8) * 8;
    }
    this.heaps.set(at, objects);
    return objects;
  }
}
