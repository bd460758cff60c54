import { widenBfloat16, widenFloat16 } from '../../../../weights/half-float.js';
import { DamagedFile, type Region } from './region.js';

/** How the elements of an array or an attribute are stored. */
export interface Datatype {
  readonly kind: 'integer' | 'float' | 'bfloat16' | 'string' | 'variable string' | 'other';
  /** Bytes of an element. */
  readonly size: number;
  readonly bigEndian: boolean;
  readonly signed: boolean;
}

const CLASSES = ['integer', 'float', 'time', 'string', 'bits', 'opaque', 'compound', 'reference', 'enum', 'variable'];

/** Exponent and mantissa of the floats that are known, by their bytes: place and width of each. */
const FLOATS: Readonly<Record<string, Datatype['kind']>> = {
  '2: 10 5 0 10': 'float',
  '2: 7 8 0 7': 'bfloat16',
  '4: 23 8 0 23': 'float',
  '8: 52 11 0 52': 'float',
};

/**
 * Reads a datatype message (specification, IV.A.2.d).
 *
 * @throws {DamagedFile} if an element has no bytes, or one of those that it is made of
 */
export function readDatatype(body: Region): Datatype {
  const name = CLASSES[body.u8(0) & 15] ?? 'other';
  const bits = body.u8(1);
  const size = body.u32(4);
  if (size === 0) throw new DamagedFile('elements of no bytes');
  // A list or a text of variable length, and an enumeration: what it is made of stands behind it.
  if (name === 'variable' || name === 'enum') readDatatype(body.from(8));
  const type = { size, bigEndian: (bits & 1) !== 0, signed: (bits & 8) !== 0 };
  if (name === 'integer') return { ...type, kind: isWhole(body, size) ? 'integer' : 'other' };
  if (name === 'float') {
    const layout = [12, 13, 14, 15].map((at) => body.u8(at)).join(' ');
    // Bit 6 of the first byte is set for the VAX's order of bytes.
    return { ...type, kind: (bits & 0x40) === 0 ? (FLOATS[`${size}: ${layout}`] ?? 'other') : 'other' };
  }
  if (name === 'string') return { ...type, kind: 'string' };
  return { ...type, kind: name === 'variable' && (bits & 15) === 1 && size === 16 ? 'variable string' : 'other' };
}

/** Whether an integer fills its bytes. */
function isWhole(body: Region, size: number): boolean {
  return [1, 2, 4, 8].includes(size) && body.u16(8) === 0 && body.u16(10) === size * 8;
}

/**
 * Reads numbers as float32.
 *
 * @param bytes as many as the elements take
 * @returns an array of its own
 */
export function readNumbers(bytes: Uint8Array, { kind, size, bigEndian, signed }: Datatype): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / size;
  if (kind === 'bfloat16' || (kind === 'float' && size === 2)) {
    const widen = kind === 'bfloat16' ? widenBfloat16 : widenFloat16;
    return widen(bigEndian ? swapped(bytes) : bytes);
  }
  const little = !bigEndian;
  const read: Record<number, (at: number) => number> =
    kind === 'float'
      ? { 4: (at) => view.getFloat32(at, little), 8: (at) => view.getFloat64(at, little) }
      : {
          1: (at) => (signed ? view.getInt8(at) : view.getUint8(at)),
          2: (at) => (signed ? view.getInt16(at, little) : view.getUint16(at, little)),
          4: (at) => (signed ? view.getInt32(at, little) : view.getUint32(at, little)),
          8: (at) => Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little)),
        };
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = read[size](i * size);
  return data;
}

function swapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, i) => bytes[i ^ 1]);
}
