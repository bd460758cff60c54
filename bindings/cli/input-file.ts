import { closeSync, existsSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../errors.js';
import { FORMATS } from '../formats/files/formats.js';
import { identify } from '../formats/files/identify.js';
import { loadModel, readSafetensorsHeader, type SafetensorsHeader, type Sequential } from '../index.js';
import { CliError, describeSystemError } from './cli-error.js';
import { noteInput } from './own-input.js';

const LENGTH_BYTES = 8;

/** What stands at the beginning of a safetensors file. */
export interface HeaderFile {
  readonly header: SafetensorsHeader;
  readonly fileBytes: number;
}

/**
 * Reads the header of a safetensors file and nothing behind it, however large the file.
 *
 * @throws {CliError} if the file cannot be read or is no safetensors file
 */
export function readHeaderFile(path: string): HeaderFile {
  return withFile(path, (file, size) => ({ header: readHeader(path, file, size), fileBytes: size }));
}

/**
 * Loads a model that `Sequential.save` wrote.
 *
 * @throws {CliError} if the file cannot be read or is no such model
 */
export function loadModelFile(path: string): Sequential {
  const bytes = readInputFile(path);
  const { format, problems } = identify(bytes);
  if (format !== 'safetensors') {
    const got = problems[0] ?? `a model of ${format}`;
    throw new CliError(`${path}: got ${got}, expected a file of Sequential.save; see "hiddenstate inspect"`);
  }
  try {
    return loadModel(bytes);
  } catch (error) {
    const why = reasonOf(error, 'loadModel');
    throw new CliError(`${path}: not a model that can run: ${why}; see "hiddenstate inspect"`);
  }
}

/**
 * Reads how a file begins.
 *
 * @param most bytes wanted; fewer come from a shorter file
 * @throws {CliError} if it cannot be read
 */
export function readBeginning(path: string, most: number): Uint8Array {
  return withFile(path, (file, size) => readBytes(path, file, Math.min(size, most)));
}

/**
 * Reads a whole file.
 *
 * @throws {CliError} if it cannot be read
 */
export function readInputFile(path: string): Uint8Array<ArrayBuffer> {
  return withFile(path, (file, size) => readBytes(path, file, size));
}

/**
 * Reads a whole file, or a pipe or device to its end, which need not come.
 *
 * @throws {CliError} if it cannot be read, or holds more than `most` bytes
 */
export function readUpTo(path: string, most: number): Uint8Array {
  const tooLong = (got: string) =>
    new CliError(`${path}: got ${got}, expected at most ${most} bytes; give a part of it`);
  const { size } = statInput(path);
  if (size > most) throw tooLong(`${size} bytes`);
  const file = attempt(path, () => openSync(path, 'r'));
  try {
    const pieces: Uint8Array[] = [];
    for (let length = 0; ; ) {
      const piece = new Uint8Array(PIECE_BYTES);
      const count = attempt(path, () => readSync(file, piece));
      if (count === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, count));
      length += count;
      if (length > most) throw tooLong('more');
    }
  } finally {
    closeSync(file);
  }
}

const PIECE_BYTES = 1 << 20;

/**
 * Checks that there is something to read at a path: a file, or a pipe.
 *
 * @throws {CliError} if there is nothing, or a folder
 */
export function statInput(path: string): Stats {
  const stats = attempt(path, () => statSync(path));
  if (stats.isDirectory()) throw new CliError(`cannot read ${path}: ${describeFolder(path)}`);
  noteInput(path, stats);
  return stats;
}

/** Some programs save a model as a folder. */
function describeFolder(path: string): string {
  if (existsSync(join(path, 'saved_model.pb'))) return `${FORMATS['saved-model'].problem}`;
  const model = join(path, 'model.json');
  return existsSync(model) ? `the folder of a TensorFlow.js model, expected ${model}` : 'a folder, expected a file';
}

function withFile<T>(path: string, use: (file: number, size: number) => T): T {
  // Before it is opened: opening a pipe would wait for its writer.
  if (!statInput(path).isFile()) throw new CliError(`cannot read ${path}: a device or a pipe, expected a file`);
  const file = attempt(path, () => openSync(path, 'r'));
  try {
    return use(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function readHeader(path: string, file: number, size: number): SafetensorsHeader {
  const length = readBytes(path, file, Math.min(size, LENGTH_BYTES));
  const claimed = length.length < LENGTH_BYTES ? 0n : new DataView(length.buffer).getBigUint64(0, true);
  // Not more than is there and not more than the format allows: what a file claims is not yet a reason to read.
  const end = claimed > MAX_HEADER_BYTES ? LENGTH_BYTES : Math.min(size, LENGTH_BYTES + Number(claimed));
  const beginning = readBytes(path, file, Math.min(size, end));
  try {
    return readSafetensorsHeader(beginning, size);
  } catch (error) {
    const why = reasonOf(error, 'readSafetensorsHeader');
    throw new CliError(`${path}: not a safetensors file: ${why}`);
  }
}

/** The format's own limit on a header. */
const MAX_HEADER_BYTES = 100_000_000n;

function readBytes(path: string, file: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = allocate(path, size);
  for (let at = 0; at < size; ) {
    const count = attempt(path, () => readSync(file, bytes, at, Math.min(size - at, MOST_AT_ONCE), at));
    if (count === 0) throw new CliError(`cannot read ${path}: it became shorter while it was read`);
    at += count;
  }
  return bytes;
}

/** Node reads no more than 2 GB in one call. */
const MOST_AT_ONCE = 1 << 30;

function allocate(path: string, size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    throw new CliError(`cannot read ${path}: got ${size} bytes, expected no more than memory holds`);
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${describeSystemError(error)}`);
  }
}
