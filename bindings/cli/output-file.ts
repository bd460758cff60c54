import {
  closeSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { CliError, describeSystemError } from './cli-error.js';
import { noteOutput } from './own-input.js';
import { holdSignals, releaseSignals } from './terminal/signals.js';

/**
 * A file that appears whole or not at all: written beside its place and moved there at the end. Whatever ends the
 * program before that, an error or Ctrl-C (`holdSignals`), takes the half-written one away. A device, a pipe or an open stream of
 * the program itself (`/dev/stdout`) is written directly: nothing is left of it to take away, and the system may end the program
 * while it waits for a reader.
 */
export class OutputFile {
  private readonly target: string;
  private readonly partial: string;
  private readonly file: number;
  /** Whether it is an open stream of the program, which stays open. */
  private readonly stream: boolean;
  private open = true;
  private readonly onExit = () => void this.discard();

  /**
   * @param path where the file shall be
   * @throws {CliError} if it cannot be written there
   */
  constructor(private readonly path: string) {
    const { target, special, stream, mode } = this.attempt(() => resolveTarget(path));
    this.target = target;
    this.stream = stream !== undefined;
    this.partial = special ? target : `${target}.${process.pid}.partial`;
    if (!special) holdSignals();
    process.once('exit', this.onExit);
    try {
      this.file = stream ?? this.attempt(() => openSync(this.partial, special ? 'w' : 'wx', mode));
    } catch (error) {
      this.open = false;
      void this.letGo();
      throw error;
    }
  }

  /** @throws {CliError} if it cannot be written */
  write(content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += this.attempt(() => writeSome(this.file, bytes, at));
  }

  /**
   * Writes much, in pieces: between two of them a signal is heard.
   *
   * @throws {CliError} if it cannot be written
   */
  async writeLong(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.write(bytes.subarray(at, at + PIECE_BYTES));
      await turn();
    }
  }

  /**
   * Moves the file to its place.
   *
   * @throws {CliError} if that is refused
   */
  async commit(): Promise<void> {
    this.close();
    try {
      if (this.partial !== this.target) this.attempt(() => renameSync(this.partial, this.target));
    } catch (error) {
      rmSync(this.partial, { force: true });
      throw error;
    } finally {
      await this.letGo();
    }
  }

  /** Leaves no trace. Does nothing after `commit`. */
  async discard(): Promise<void> {
    if (!this.open) return;
    this.close();
    if (this.partial !== this.target) rmSync(this.partial, { force: true });
    await this.letGo();
  }

  private close(): void {
    this.open = false;
    if (!this.stream) closeSync(this.file);
  }

  private async letGo(): Promise<void> {
    process.removeListener('exit', this.onExit);
    if (this.partial !== this.target) await releaseSignals();
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw new CliError(`cannot write ${this.path}: ${describeSystemError(error)}`);
    }
  }
}

/**
 * Files that a command writes when its work is done: one that cannot be written is found out first, but none is open meanwhile,
 * so that work which keeps the event loop from turning can be ended by the system.
 */
export class OutputFiles<Name extends string> {
  private constructor(private readonly paths: ReadonlyMap<Name, string>) {}

  /**
   * @param paths where each shall be; undefined for one that nobody asked for
   * @throws {CliError} if one cannot be written there
   */
  static async at<Name extends string>(paths: Readonly<Record<Name, string | undefined>>): Promise<OutputFiles<Name>> {
    const found = new Map<Name, string>();
    for (const name of Object.keys(paths) as Name[]) {
      const path = paths[name];
      if (path === undefined) continue;
      const other = [...found].find(([, each]) => resolve(each) === resolve(path));
      if (other) throw new CliError(`--${name}: got ${path}, expected another file than that of --${other[0]}`);
      await tryToWrite(path);
      found.set(name, path);
    }
    return new OutputFiles(found);
  }

  /**
   * Writes one and moves it to its place. Does nothing for one that nobody asked for.
   *
   * @throws {CliError} if it cannot be written
   */
  async write(name: Name, content: () => string | Uint8Array): Promise<void> {
    const path = this.paths.get(name);
    if (path !== undefined) await writeFileWhole(path, content());
  }
}

/**
 * Finds out whether a file can be written, and leaves no trace. A pipe is not opened: its reader would see it end.
 *
 * @throws {CliError} if it cannot
 */
export async function tryToWrite(path: string): Promise<void> {
  if (STREAM.test(path)) return;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || stats.isFile() || stats.isDirectory()) await new OutputFile(path).discard();
}

/**
 * Writes a file that appears whole or not at all.
 *
 * @throws {CliError} if it cannot be written
 */
export async function writeFileWhole(path: string, content: string | Uint8Array): Promise<void> {
  const file = new OutputFile(path);
  try {
    await file.writeLong(content);
    await file.commit();
  } finally {
    await file.discard();
  }
}

/** Follows links, so that it is the file they lead to that is replaced. */
function resolveTarget(path: string): Target {
  const stream = STREAM.exec(path);
  if (stream) return { target: path, special: true, stream: Number(STREAMS[stream[1]] ?? stream[2]) };
  const stats = statSync(path, { throwIfNoEntry: false });
  // A link that leads to nothing yet: what it leads to is made.
  if (!stats) return { target: linkEnd(path), special: false };
  if (stats.isDirectory()) throw new CliError(`cannot write ${path}: a folder, expected a file`);
  noteOutput(path, stats);
  if (!stats.isFile()) return { target: path, special: true };
  return { target: realpathSync(path), special: false, mode: stats.mode & 0o777 };
}

interface Target {
  readonly target: string;
  /** Whether it is written directly. */
  readonly special: boolean;
  /** An open stream of the program. */
  readonly stream?: number;
  /** Permissions of the file that is there. */
  readonly mode?: number;
}

/** Names of the program's own streams. Opened anew, a file behind one would be cut off, or replaced under the shell's hands. */
const STREAM = /^\/dev\/(stdout|stderr)$|^(?:\/dev|\/proc\/self)\/fd\/(\d{1,4})$/;
const STREAMS: Readonly<Record<string, number>> = { stdout: 1, stderr: 2 };

function linkEnd(path: string): string {
  let end = path;
  for (let i = 0; i < MOST_LINKS; i++) {
    if (!lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink()) return end;
    end = resolve(dirname(end), readlinkSync(end));
  }
  throw new CliError(`cannot write ${path}: its symbolic links lead in a circle`);
}

const MOST_LINKS = 40;

/** Writes as many bytes as the stream takes; a pipe that is full is waited for. */
function writeSome(file: number, bytes: Uint8Array, at: number): number {
  try {
    return writeSync(file, bytes, at, Math.min(bytes.length - at, MOST_AT_ONCE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return 0;
  }
}

/** Node writes no more than 2 GB in one call. */
const MOST_AT_ONCE = 1 << 30;
/** Between two turns of the event loop: a slow disk takes a tenth of a second for so much. */
const PIECE_BYTES = 1 << 22;
