/** Checkpoints on a disk whose power goes at any operation. */
import { beforeEach, expect, it, vi } from 'vitest';
import { Disk, FOLDER } from './disk.js';

const current = vi.hoisted(() => ({ fs: {} as Record<string, (...args: unknown[]) => unknown> }));
vi.mock('node:fs', () => {
  const names = [
    'openSync',
    'writeSync',
    'fchmodSync',
    'fsyncSync',
    'closeSync',
    'renameSync',
    'rmSync',
    'readFileSync',
  ];
  const looks = ['readdirSync', 'statSync', 'lstatSync', 'realpathSync', 'readlinkSync'];
  return Object.fromEntries(
    [...names, ...looks].map((name) => [name, (...args: unknown[]) => current.fs[name](...args)]),
  );
});

const { checkpointFile } = await import('../../bindings/train-node.js');
const PATH = `${FOLDER}/run.checkpoint`;
const checkpoint = (n: number) => new Uint8Array(40).fill(n);
const SAVES = 3;

let disk: Disk;
function use(next: Disk): void {
  disk = next;
  current.fs = next.fs as unknown as typeof current.fs;
}

/** Saves one checkpoint after the other; from how many `save` returned while there was power. */
function saveAll(): number {
  const file = checkpointFile(PATH);
  for (let n = 1; n <= SAVES; n++) {
    try {
      file.save(checkpoint(n));
    } catch (error) {
      if (!disk.gone) throw error;
    }
    if (disk.gone) return n - 1;
  }
  return SAVES;
}

beforeEach(() => use(new Disk()));

it('is there after a power cut once save has returned', () => {
  expect(saveAll()).toBe(SAVES);
  for (const content of disk.afterPowerCut(PATH)) expect(content).toEqual(checkpoint(SAVES));
});

it('is the one before or the new one, whole, wherever the power goes', () => {
  saveAll();
  const { count } = disk;
  expect(count).toBeGreaterThan(SAVES * 6);
  let seen = 0;
  for (let cut = 0; cut <= count; cut++) {
    use(new Disk(cut));
    const kept = saveAll();
    for (const content of disk.afterPowerCut(PATH)) {
      const number = content === undefined ? 0 : content[0];
      expect(content, `cut at operation ${cut}`).toEqual(number === 0 ? undefined : checkpoint(number));
      expect([kept, kept + 1], `cut at operation ${cut}`).toContain(number);
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(count);
});
