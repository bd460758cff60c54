/** Checkpoints of a process that is killed while it writes one, and of disks that are really full. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../bindings/index.js';
import { checkpointFile } from '../../bindings/train-node.js';
import { temporaryFolder } from '../package/pack.js';

const SCRIPT = fileURLToPath(new URL('killed-fit.js', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

function run(path: string, ...point: string[]) {
  const { signal, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, path, ...point], { encoding: 'utf8' });
  return { signal, stdout, stderr };
}

/** The epoch and the batch of a checkpoint. */
function positionOf(path: string): { epoch: number; batch: number } {
  const { epoch, batch } = JSON.parse(readSafetensors(readFileSync(path)).metadata['hiddenstate.checkpoint']).position;
  return { epoch, batch };
}

describe('a fit that is killed while it keeps its third checkpoint', { timeout: 60_000 }, () => {
  const whole = run(join(folder.path, 'whole'));

  // Ten batches an epoch, a checkpoint every seven steps.
  it.each([
    ['half written', { epoch: 1, batch: 4 }, true],
    ['written', { epoch: 1, batch: 4 }, true],
    ['renamed', { epoch: 2, batch: 1 }, false],
  ])('%s: leaves a whole one, and the next run ends bit for bit where it would have ended', (point, kept, left) => {
    const path = join(folder.path, point);
    expect(run(path, point)).toEqual({ signal: 'SIGKILL', stdout: '', stderr: '' });
    expect(positionOf(path)).toEqual(kept);
    expect(existsSync(`${path}.partial`)).toBe(left);
    if (point === 'half written') expect(statSync(`${path}.partial`).size).toBeLessThan(statSync(path).size);
    expect(run(path)).toEqual(whole);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it('was made to end with weights', () => {
    const { steps, weights } = JSON.parse(whole.stdout);
    expect([steps, weights.length > 0, weights.every(Number.isFinite)]).toEqual([50, true, true]);
  });
});

describe('checkpointFile', () => {
  const good = join(folder.path, 'good');
  checkpointFile(good).save(Uint8Array.of(1, 2, 3));

  function attempt(name: string, prepare: (path: string) => void) {
    const path = join(folder.path, name);
    copyFileSync(good, path);
    prepare(path);
    const file = checkpointFile(path);
    let message = '';
    try {
      file.save(new Uint8Array(100));
    } catch (error) {
      message = (error as Error).message;
    }
    return { message, kept: [...(file.load() as Uint8Array)], path };
  }

  it.skipIf(!existsSync('/dev/full'))('keeps the one before when the device is full', () => {
    const { message, kept, path } = attempt('full', (to) => symlinkSync('/dev/full', `${to}.partial`));
    expect(message).toBe(`checkpointFile: cannot write ${path}: ENOSPC: no space left on device, write`);
    expect(kept).toEqual([1, 2, 3]);
    // What could not be written is taken away, and the next one finds its place.
    expect(readdirSync(folder.path)).not.toContain('full.partial');
    checkpointFile(path).save(Uint8Array.of(4));
    expect([...(checkpointFile(path).load() as Uint8Array)]).toEqual([4]);
  });

  it('keeps the one before when the file beside it cannot be opened, and leaves alone what is there', () => {
    const { message, kept, path } = attempt('taken', (to) => mkdirSync(`${to}.partial`));
    expect(message).toMatch(/^checkpointFile: cannot write .*taken: EISDIR/);
    expect(kept).toEqual([1, 2, 3]);
    expect(statSync(`${path}.partial`).isDirectory()).toBe(true);
  });
});
