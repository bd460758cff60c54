import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
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
  /** Makes a file out of a seed; damages one of `seeds` unless given. */
  damage?(seed: number): Uint8Array;
  /** Reads a file, uses what it gives and disposes it. */
  read(file: Uint8Array): unknown;
}

/** How many damaged files each reader gets at least. */
export const COUNT = Number(process.env.FUZZ ?? 300);
/** Minutes that each reader is tried for: `npm run fuzz` sets them, and begins anywhere. */
const MINUTES = Number(process.env.FUZZ_MINUTES ?? 0);
/** Where the seeds begin; a failure names its own. */
export const FIRST = Number(process.env.FUZZ_FIRST ?? (MINUTES ? Date.now() % 2 ** 31 : 20261124));
/** Files that a reader once failed on, one folder for each reader: they are tried first. */
const KEPT = join(import.meta.dirname, 'kept');

/** Milliseconds that a test may take. */
export const TIMEOUT = 20_000 + COUNT * 50 + MINUTES * 90_000;

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
export async function tryReader(reader: Reader, engine: Engine): Promise<Tally> {
  const trial = new Trial(reader, engine);
  for (const [name, file] of keptFiles(reader)) await trial.give(file, name);
  const end = performance.now() + MINUTES * 60_000;
  for (let seed = FIRST; seed < FIRST + COUNT || performance.now() < end; seed++) {
    const { seeds, signatures } = reader;
    const file = reader.damage?.(seed) ?? (signatures ? mutateStructure(seeds, signatures, seed) : mutate(seeds, seed));
    await trial.give(file, `seed ${seed}`);
  }
  return trial;
}

class Trial implements Tally {
  read = 0;
  refused = 0;
  slowest = 0;
  private readonly before: number;

  constructor(
    private readonly reader: Reader,
    private readonly engine: Engine,
  ) {
    this.before = engine.bytesInUse;
  }

  /** @param label says which file it is, if it fails */
  async give(file: Uint8Array, label: string): Promise<void> {
    try {
      await this.judge(file);
    } catch (cause) {
      const kept = MINUTES ? `, kept as ${keep(this.reader, file)}` : '';
      throw new Error(`${this.reader.name}, ${label} (${file.length} bytes)${kept}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  private async judge(file: Uint8Array): Promise<void> {
    const begin = performance.now();
    const error = await attempt(() => this.reader.read(file));
    this.slowest = Math.max(this.slowest, performance.now() - begin);
    if (error === undefined) this.read++;
    else {
      this.refused++;
      if (!isOurs(error, this.reader.who)) throw new Error(`not a message of ours: ${String(error)}`, { cause: error });
    }
    const left = this.engine.bytesInUse - this.before;
    if (left !== 0) throw new Error(`${left} bytes were not given back`);
    if (this.engine.memory.buffer.byteLength > MOST_MEMORY) throw new Error(`memory grew past ${MOST_MEMORY} bytes`);
  }
}

const folderOf = ({ name }: Reader) => join(KEPT, name.replace(/[^\w.]+/g, '-'));

function keptFiles(reader: Reader): [name: string, file: Uint8Array][] {
  const folder = folderOf(reader);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]);
}

/** Keeps a file for all later trials of the reader. */
function keep(reader: Reader, file: Uint8Array): string {
  const path = join(folderOf(reader), createHash('sha256').update(file).digest('hex').slice(0, 16));
  mkdirSync(folderOf(reader), { recursive: true });
  writeFileSync(path, file);
  return path;
}

const holder = globalThis as { fuzzWork?: () => unknown };
const call = new Script('fuzzWork()');

/** How often work is begun anew that was stopped though it had hardly run. */
const RETRIES = 5;

/**
 * Runs work that is stopped when it takes too long, endless loops included. The clock that stops it goes on while the machine does
 * other things: what had not half that time of a processor is tried again.
 */
async function attempt(work: () => unknown, retries = RETRIES): Promise<unknown> {
  holder.fuzzWork = work;
  const before = process.cpuUsage();
  try {
    await call.runInThisContext({ timeout: LIMIT });
    return undefined;
  } catch (error) {
    const { user, system } = process.cpuUsage(before);
    const isPaused = (error as { code?: string } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    if (retries > 0 && isPaused && (user + system) / 1000 < LIMIT / 2) return attempt(work, retries - 1);
    return error ?? 'undefined was thrown';
  }
}

/** `who: got …, expected …`, short enough to be read. */
function isOurs(error: unknown, who: RegExp): boolean {
  if (!(error instanceof Error)) return false;
  const { message } = error;
  return who.test(message) && /\b(got|expected)\b/.test(message) && message.length < 600;
}
