import type { Stats } from 'node:fs';
import { CliError } from './cli-error.js';

/** Files that the command reads and those that it writes, by what the file system calls them. */
const read = new Map<string, string>();
const written = new Map<string, string>();
let forced = false;

/** Lets a command write over what it reads: `--force`. */
export function allowOwnInput(): void {
  forced = true;
}

/**
 * Notes a file that is read.
 *
 * @throws {CliError} if the command is to write it too, unless told `--force`
 */
export function noteInput(path: string, stats: Stats): void {
  note(read, written, path, stats);
}

/**
 * Notes a file that is there and will be written over.
 *
 * @throws {CliError} if the command reads it too, unless told `--force`
 */
export function noteOutput(path: string, stats: Stats): void {
  note(written, read, path, stats);
}

function note(own: Map<string, string>, other: ReadonlyMap<string, string>, path: string, stats: Stats): void {
  // Only a file loses what it held.
  if (!stats.isFile()) return;
  const key = `${stats.dev}:${stats.ino}`;
  own.set(key, path);
  if (!forced && other.has(key)) {
    throw new CliError(
      `cannot write ${own === written ? path : other.get(key)}: it is an input; --force writes over it`,
    );
  }
}
