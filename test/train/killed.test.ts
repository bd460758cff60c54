/** Checkpoints of a process that is killed while it writes one. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../bindings/index.js';
import { temporaryFolder } from '../package/pack.js';

const SCRIPT = fileURLToPath(new URL('killed-fit.js', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

function run(path: string, ...point: string[]) {
  const { signal, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, path, ...point], { encoding: 'utf8' });
  return { signal, stdout, stderr };
}

/** Files that lie beside a checkpoint while it is written. */
function partials(path: string): string[] {
  const names = readdirSync(folder.path).filter((name) => name.startsWith(`${basename(path)}.`));
  return names.filter((name) => name.endsWith('.partial')).map((name) => join(folder.path, name));
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
    const [partial, ...more] = partials(path);
    expect([partial !== undefined, more]).toEqual([left, []]);
    if (point === 'half written') expect(statSync(partial).size).toBeLessThan(statSync(path).size);
    expect(run(path)).toEqual(whole);
    // The next writer takes away what the killed one left.
    expect(partials(path)).toEqual([]);
  });

  it('was made to end with weights', () => {
    const { steps, weights } = JSON.parse(whole.stdout);
    expect([steps, weights.length > 0, weights.every(Number.isFinite)]).toEqual([50, true, true]);
  });
});
