import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { CliError, describeSystemError } from './cli-error.js';

/**
 * A file that appears whole or not at all: written beside its place and moved there at the end. Whatever ends the
 * program before that, an error or Ctrl-C (`endOnSignals`), takes the half-written one away. A device or a pipe is written directly.
 */
export class OutputFile {
  private readonly target: string;
  private readonly partial: string;
  private readonly file: number;
  private open = true;
  private readonly onExit = () => this.discard();

  /**
   * @param path where the file shall be
   * @throws {CliError} if it cannot be written there
   */
  constructor(private readonly path: string) {
    const { target, special } = this.attempt(() => resolveTarget(path));
    this.target = target;
    this.partial = special ? target : `${target}.${process.pid}.partial`;
    this.file = this.attempt(() => openSync(this.partial, special ? 'w' : 'wx'));
    process.once('exit', this.onExit);
  }

  /** @throws {CliError} if it cannot be written */
  write(content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += this.attempt(() => writeSync(this.file, bytes, at));
  }

  /**
   * Moves the file to its place.
   *
   * @throws {CliError} if that is refused
   */
  commit(): void {
    this.close();
    if (this.partial === this.target) return;
    try {
      this.attempt(() => renameSync(this.partial, this.target));
    } catch (error) {
      rmSync(this.partial, { force: true });
      throw error;
    }
  }

  /** Leaves no trace. Does nothing after `commit`. */
  discard(): void {
    if (!this.open) return;
    this.close();
    if (this.partial !== this.target) rmSync(this.partial, { force: true });
  }

  private close(): void {
    this.open = false;
    closeSync(this.file);
    process.removeListener('exit', this.onExit);
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

/** Files opened before the work that fills them: one that cannot be written is found out first. */
export class OutputFiles<Name extends string> {
  private readonly files = new Map<Name, OutputFile>();

  /**
   * @param paths where each shall be; undefined for one that nobody asked for
   * @throws {CliError} if one cannot be written there
   */
  constructor(paths: Readonly<Record<Name, string | undefined>>) {
    try {
      for (const name of Object.keys(paths) as Name[]) {
        const path = paths[name];
        if (path !== undefined) this.files.set(name, new OutputFile(path));
      }
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /**
   * Writes one and moves it to its place. Does nothing for one that nobody asked for.
   *
   * @throws {CliError} if it cannot be written
   */
  write(name: Name, content: () => string | Uint8Array): void {
    const file = this.files.get(name);
    file?.write(content());
    file?.commit();
  }

  /** Leaves no trace of those that were not written. */
  discard(): void {
    for (const file of this.files.values()) file.discard();
  }
}

/**
 * Writes a file that appears whole or not at all.
 *
 * @throws {CliError} if it cannot be written
 */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  const file = new OutputFile(path);
  try {
    file.write(content);
    file.commit();
  } finally {
    file.discard();
  }
}

/** Follows links, so that it is the file they lead to that is replaced. */
function resolveTarget(path: string): { target: string; special: boolean } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return { target: path, special: false };
  if (stats.isDirectory()) throw new CliError(`cannot write ${path}: a folder, expected a file`);
  return { target: realpathSync(path), special: !stats.isFile() };
}
