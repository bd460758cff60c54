/** hiddenstate/train/node: checkpoints in files. What hiddenstate/train hands over as bytes, this keeps on a disk. */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { HiddenstateError, typeError } from './errors.js';
import { describeValue } from './tensor.js';

/** A checkpoint on a disk: give it to `fit` as `checkpoint`, and what `load` finds as `resume`. */
export interface CheckpointFile {
  /**
   * Writes the checkpoint beside the file and moves it there once it is whole and on the disk: the one before is there until
   * then, and stays if anything fails.
   *
   * @throws {Error} if it cannot be written
   */
  save(bytes: Uint8Array): void;
  /**
   * The latest checkpoint; undefined if there is none yet.
   *
   * @throws {Error} if there is one that cannot be read
   */
  load(): Uint8Array | undefined;
}

/**
 * Keeps checkpoints in a file, the latest only. A link stays a link, and a file keeps its permissions. Two writers do not harm
 * each other: whoever is done last has its checkpoint there, whole. A device or a pipe is written directly.
 *
 * @param path of the file; beside it lies `path.HOST.PROCESS.RANDOM.partial` while one is written
 * @throws {TypeError} if it is not a path
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { fit, mse, windows } from 'hiddenstate/train';
 * import { checkpointFile } from 'hiddenstate/train/node';
 *
 * const file = checkpointFile('run.checkpoint');
 * const model = new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 });
 * const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 8)), dims: [200, 1] };
 * const data = windows(series, { steps: 20, batch: 4 });
 * await fit(model, data, { loss: mse(), epochs: 2, checkpoint: file, resume: file.load() });
 * ```
 */
export function checkpointFile(path: string): CheckpointFile {
  if (typeof path !== 'string' || path === '') {
    throw typeError(`checkpointFile: path: got ${describeValue(path)}, expected the name of a file`);
  }
  return {
    save(bytes) {
      try {
        replaceFile(path, bytes);
      } catch (error) {
        throw new HiddenstateError('HOST', `checkpointFile: cannot write ${path}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    load() {
      try {
        return readFileSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new HiddenstateError('HOST', `checkpointFile: cannot read ${path}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
  };
}

/** Permissions of a checkpoint that is new, before the umask. */
const NEW_MODE = 0o666;

/**
 * Writes aside and renames. The file aside has a name of its own and must not be there yet: no other writer's is taken, and a
 * link that somebody laid there is not followed.
 */
function replaceFile(path: string, bytes: Uint8Array): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats && !stats.isFile() && !stats.isDirectory()) {
    writeSpecial(path, bytes);
    return;
  }
  // What a link leads to is replaced, not the link.
  const target = stats ? realpathSync(path) : linkEnd(path);
  const stem = `${basename(target)}.${HOST}.`;
  const partial = join(dirname(target), `${stem}${process.pid}.${randomBytes(4).toString('hex')}.partial`);
  const file = openSync(partial, 'wx', NEW_MODE);
  try {
    writeWhole(file, bytes, stats && stats.mode & 0o7777);
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  syncFolder(dirname(target));
  removeLeft(dirname(target), stem);
}

function writeSpecial(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  try {
    writeBytes(file, bytes);
  } finally {
    closeSync(file);
  }
}

/** @param mode permissions to give it; those it has unless given */
function writeWhole(file: number, bytes: Uint8Array, mode: number | undefined): void {
  try {
    if (mode !== undefined) fchmodSync(file, mode);
    writeBytes(file, bytes);
    // Renamed before its content is on the disk, a power cut could leave an empty file in place of a good one.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeBytes(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Puts the new name on the disk: until then a power cut may bring the checkpoint before back, though `save` has returned. */
function syncFolder(folder: string): void {
  let file: number;
  try {
    file = openSync(folder, 'r');
  } catch {
    // Windows opens no folders, and writes names through.
    return;
  }
  try {
    fsyncSync(file);
  } catch (error) {
    // Some network file systems sync no folders.
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(file);
  }
}

/** In the names of files aside: on a shared disk the process numbers of other machines say nothing. */
const HOST = hostname().replace(/[^\w-]/g, '-');

/** Takes away what processes of this machine that were killed have left half-written. */
function removeLeft(folder: string, stem: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(stem)) continue;
    const pid = /^(\d+)\.[0-9a-f]{8}\.partial$/.exec(name.slice(stem.length))?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Where a chain of links that leads to nothing yet ends. */
function linkEnd(path: string): string {
  let end = path;
  for (let i = 0; i < MOST_LINKS; i++) {
    if (!lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink()) return end;
    end = resolve(dirname(end), readlinkSync(end));
  }
  throw new HiddenstateError('HOST', 'ELOOP: got symbolic links that lead in a circle, expected a file');
}

const MOST_LINKS = 40;
