/** hiddenstate/train/node: checkpoints in files. What hiddenstate/train hands over as bytes, this keeps on a disk. */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
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
 * Keeps checkpoints in a file, the latest only.
 *
 * @param path of the file; `path.partial` beside it is taken while one is written
 * @throws {TypeError} if it is not a path
 */
export function checkpointFile(path: string): CheckpointFile {
  if (typeof path !== 'string' || path === '') {
    throw typeError(`checkpointFile: path: got ${describeValue(path)}, expected the name of a file`);
  }
  const partial = `${path}.partial`;
  return {
    save(bytes) {
      try {
        replaceFile(path, partial, bytes);
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

/** What an earlier process left half-written is written over. */
function replaceFile(path: string, partial: string, bytes: Uint8Array): void {
  const file = openSync(partial, 'w');
  try {
    writeWhole(file, bytes);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    // Renamed before its content is on the disk, a power cut could leave an empty file in place of a good one.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
