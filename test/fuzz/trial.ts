import { Script } from 'node:vm';
import { expect } from 'vitest';
import type { Engine } from '../../bindings/core.js';
import { mutate, mutateStructure } from './mutate.js';

/** A reader under trial. */
export interface Reader {
  readonly name: string;
  /** How the messages of its errors begin. */
  readonly who: RegExp;
  /** Whole files to damage. */
  readonly seeds: readonly Uint8Array[];
  /** Words that the structures of the format begin with: then what stands beside them is damaged, and nothing else. */
  readonly signatures?: readonly string[];
  /** Reads a file, uses what it gives and disposes it. */
  read(file: Uint8Array): void;
}

/** How many damaged files each reader gets: FUZZ=20000 npx vitest run test/fuzz for the long trial. */
export const COUNT = Number(process.env.FUZZ ?? 300);
/** Where the seeds begin; a failure names its own. */
export const FIRST = Number(process.env.FUZZ_FIRST ?? 20261124);

/** Milliseconds that a test may take. */
export const TIMEOUT = 20_000 + COUNT * 50;

/** Milliseconds that one file may take, on a machine that does other things as well. */
const LIMIT = 2000;
/** Bytes that a reader may take of wasm memory at most: none of the files is larger than a hundredth of it. */
const MOST_MEMORY = 256 << 20;

export interface Tally {
  readonly read: number;
  readonly refused: number;
  /** Longest time for one file. */
  readonly slowest: number;
}

/**
 * Gives a reader damaged files. Each must be read or refused with a message of ours, in time, and leave nothing in wasm
 * memory.
 */
export function tryReader(reader: Reader, engine: Engine): Tally {
  let [read, refused, slowest] = [0, 0, 0];
  const before = engine.bytesInUse;
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { seeds, signatures } = reader;
    const file = signatures ? mutateStructure(seeds, signatures, seed) : mutate(seeds, seed);
    const begin = performance.now();
    const error = attempt(() => reader.read(file));
    slowest = Math.max(slowest, performance.now() - begin);
    const label = `${reader.name}, seed ${seed} (${file.length} bytes)`;
    if (error === undefined) read++;
    else {
      refused++;
      if (!isOurs(error, reader.who)) throw new Error(`${label}: not a message of ours`, { cause: error });
    }
    if (engine.bytesInUse !== before) expect.fail(`${label}: ${engine.bytesInUse - before} bytes were not given back`);
    if (engine.memory.buffer.byteLength > MOST_MEMORY) expect.fail(`${label}: memory grew past ${MOST_MEMORY} bytes`);
  }
  return { read, refused, slowest };
}

const holder = globalThis as { fuzzWork?: () => void };
const call = new Script('fuzzWork()');

/** Runs work that is stopped when it takes too long, endless loops included. */
function attempt(work: () => void): unknown {
  holder.fuzzWork = work;
  try {
    call.runInThisContext({ timeout: LIMIT });
    return undefined;
  } catch (error) {
    return error ?? 'undefined was thrown';
  }
}

/** `who: got …, expected …`, short enough to be read. */
function isOurs(error: unknown, who: RegExp): boolean {
  if (!(error instanceof Error)) return false;
  const { message } = error;
  return who.test(message) && /\b(got|expected)\b/.test(message) && message.length < 600;
}
