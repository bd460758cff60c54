/** Damages files the way the world does, and the way someone does who wants a reader to fall over. Seeded. */
import { mulberry32 } from '../support/random.js';

type Random = () => number;
type Damage = (file: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

/**
 * Damages one of the files, mostly once, up to four times over.
 *
 * @param seeds whole files of one format
 * @param seed the same seed gives the same damage
 */
export function mutate(seeds: readonly Uint8Array[], seed: number): Uint8Array {
  const random = mulberry32(seed);
  let file: Uint8Array = pick(seeds, random).slice();
  const times = random() < 0.6 ? 1 : 2 + below(3, random);
  for (let i = 0; i < times && file.length > 0; i++) file = pick(DAMAGES, random)(file, random, seeds);
  return file;
}

/**
 * Damages the records of a format: up to four of the fields that follow its signatures get counts, sizes and addresses that
 * lie, and now and then one record is laid over another.
 *
 * @param signatures words that records begin with: `TREE` in HDF5, `PK` in zip, `data` in RIFF
 */
export function mutateStructure(seeds: readonly Uint8Array[], signatures: readonly string[], seed: number): Uint8Array {
  const random = mulberry32(seed);
  const file: Uint8Array = pick(seeds, random).slice();
  const records = recordsOf(file, signatures);
  for (let times = 1 + below(4, random); times > 0 && records.length > 0; times--) {
    const record = pick(records, random);
    if (random() < 0.15) {
      const other = pick(records, random);
      file.copyWithin(record, other, other + 8 + below(56, random));
    } else lie(file, record + below(64, random), [...records.map(BigInt), ...LENGTHS], random);
  }
  return file;
}

/** Where the signatures stand. */
function recordsOf(file: Uint8Array, signatures: readonly string[]): number[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const places: number[] = [];
  for (const signature of signatures) {
    for (let at = bytes.indexOf(signature, 0, 'latin1'); at >= 0; at = bytes.indexOf(signature, at + 1, 'latin1'))
      places.push(at);
  }
  return places;
}

/** Writes one of these numbers, little-endian, as 1, 2, 4 or 8 bytes. */
function lie(file: Uint8Array, at: number, values: readonly bigint[], random: Random): void {
  const bytes = pick([1, 2, 4, 8], random);
  const value = BigInt.asUintN(64, pick(values, random) + (random() < 0.2 ? 1n : 0n));
  for (let i = 0; i < bytes && at + i < file.length; i++) file[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

function below(count: number, random: Random): number {
  return Math.floor(random() * count);
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[below(items.length, random)];
}

/** A place in a file, more often near its beginning, where headers are. */
function place(file: Uint8Array, random: Random): number {
  return Math.floor(file.length * (random() < 0.5 ? random() : random() ** 4));
}

const EDGES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

function flipBits(file: Uint8Array, random: Random): Uint8Array {
  for (let n = 1 + below(8, random); n > 0; n--) file[place(file, random)] ^= 1 << below(8, random);
  return file;
}

function overwriteBytes(file: Uint8Array, random: Random): Uint8Array {
  const at = place(file, random);
  const end = Math.min(file.length, at + 1 + below(6, random));
  for (let i = at; i < end; i++) file[i] = random() < 0.5 ? pick(EDGES, random) : below(256, random);
  return file;
}

function truncate(file: Uint8Array, random: Random): Uint8Array {
  return file.slice(0, place(file, random));
}

function removePiece(file: Uint8Array, random: Random): Uint8Array {
  const at = place(file, random);
  return joined(file.subarray(0, at), file.subarray(at + 1 + below(64, random)));
}

/** Puts a piece of this or another file somewhere: doubled chunks, foreign chunks. */
function splice(file: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const source = random() < 0.5 ? file : pick(others, random);
  const from = place(source, random);
  const piece = source.slice(from, from + 1 + below(300, random));
  const at = place(file, random);
  const skip = random() < 0.5 ? piece.length : 0;
  return joined(file.subarray(0, at), piece, file.subarray(at + skip));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const LENGTHS = [0n, 1n, 0x7fn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 53n, (1n << 63n) - 1n, -1n];

/** Writes a length that lies, as 2, 4 or 8 bytes in either order. */
function fixedLength(file: Uint8Array, random: Random): Uint8Array {
  const bytes = pick([2, 4, 8], random);
  const value = BigInt.asUintN(64, random() < 0.3 ? BigInt(file.length + below(9, random) - 4) : pick(LENGTHS, random));
  const at = place(file, random);
  const little = random() < 0.7;
  for (let i = 0; i < bytes && at + i < file.length; i++) {
    const shift = BigInt(8 * (little ? i : bytes - 1 - i));
    file[at + i] = Number((value >> shift) & 0xffn);
  }
  return file;
}

/** Writes a length that lies, as protobuf writes numbers. */
function variableLength(file: Uint8Array, random: Random): Uint8Array {
  const at = place(file, random);
  let value = BigInt.asUintN(64, pick(LENGTHS, random));
  const bytes: number[] = [];
  for (; value >= 0x80n; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  bytes.push(Number(value));
  const skip = random() < 0.5 ? 1 : bytes.length;
  return joined(file.subarray(0, at), Uint8Array.from(bytes), file.subarray(at + skip));
}

const TEXTS = ['-1', '0', '1e308', '9007199254740993', '4294967296', 'null', '[]', '{}', '""', '1.5', '__proto__'];

/** Where the file holds decimal digits or a quoted word, puts something else in their place. */
function replaceText(file: Uint8Array, random: Random): Uint8Array {
  const start = place(file, random);
  const isDigit = (i: number) => file[i] >= 0x30 && file[i] <= 0x39;
  let at = start;
  while (at < file.length && at < start + 200 && !isDigit(at)) at++;
  let end = at;
  while (end < file.length && isDigit(end)) end++;
  return joined(file.subarray(0, at), new TextEncoder().encode(pick(TEXTS, random)), file.subarray(end));
}

const DAMAGES: readonly Damage[] = [
  flipBits,
  flipBits,
  overwriteBytes,
  truncate,
  removePiece,
  splice,
  fixedLength,
  variableLength,
  replaceText,
];
