/** Where a checkpoint is kept: links, devices, permissions, several writers, and disks that lose what was not synced. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { checkpointFile } from '../../bindings/train-node.js';
import { temporaryFolder } from '../package/pack.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);
const loaded = (path: string) => [...(checkpointFile(path).load() as Uint8Array)];

describe('checkpointFile', () => {
  it('replaces what a link leads to, and keeps the link; makes what a dangling one leads to', () => {
    fs.mkdirSync(at('real'));
    fs.writeFileSync(at('real/one'), 'old');
    fs.symlinkSync('real/one', at('link'));
    fs.symlinkSync('link', at('link-to-link'));
    fs.symlinkSync('real/new', at('dangling'));
    for (const [link, target] of [
      ['link-to-link', 'real/one'],
      ['dangling', 'real/new'],
    ]) {
      checkpointFile(at(link)).save(Uint8Array.of(7));
      expect(fs.lstatSync(at(link)).isSymbolicLink()).toBe(true);
      expect(loaded(at(target))).toEqual([7]);
    }
    expect(fs.readdirSync(at('real')).sort()).toEqual(['new', 'one']);
    fs.symlinkSync('circle', at('circle'));
    expect(() => checkpointFile(at('circle')).save(Uint8Array.of(1))).toThrow(/cannot write .*ELOOP/);
  });

  it('keeps permissions, and gives new files those of the umask', () => {
    for (const mode of [0o600, 0o640, 0o666]) {
      fs.writeFileSync(at('mode'), 'old');
      fs.chmodSync(at('mode'), mode);
      checkpointFile(at('mode')).save(Uint8Array.of(1));
      expect(fs.statSync(at('mode')).mode & 0o777).toBe(mode);
    }
    checkpointFile(at('new')).save(Uint8Array.of(1));
    expect(fs.statSync(at('new')).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it.skipIf(!fs.existsSync('/dev/null'))('writes to a device, which stays one', () => {
    checkpointFile('/dev/null').save(Uint8Array.of(1));
    fs.symlinkSync('/dev/null', at('null'));
    checkpointFile(at('null')).save(Uint8Array.of(1));
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(fs.lstatSync(at('null')).isSymbolicLink()).toBe(true);
  });

  it.skipIf(!fs.existsSync('/dev/full'))('says that a device is full', () => {
    expect(() => checkpointFile('/dev/full').save(Uint8Array.of(1))).toThrow(/cannot write \/dev\/full: ENOSPC/);
  });

  it('follows no link that was laid beside it, and takes nobody else’s file', () => {
    fs.mkdirSync(at('planted'));
    fs.writeFileSync(at('victim'), 'untouched');
    fs.symlinkSync(at('victim'), at('planted/run.partial'));
    fs.writeFileSync(at('planted/run.other-host.1.00000000.partial'), 'another machine writes');
    checkpointFile(at('planted/run')).save(Uint8Array.of(5));
    expect(fs.readFileSync(at('victim'), 'utf8')).toBe('untouched');
    expect(fs.readdirSync(at('planted')).sort()).toEqual(['run', 'run.other-host.1.00000000.partial', 'run.partial']);
  });

  it('lets two processes write one file: it is always one of theirs, whole', { timeout: 60_000 }, async () => {
    fs.mkdirSync(at('two'));
    const path = at('two/run');
    const module = fileURLToPath(new URL('../../dist/train-node.js', import.meta.url));
    const program = `import { checkpointFile } from ${JSON.stringify(module)};
      const file = checkpointFile(${JSON.stringify(path)});
      const byte = Number(process.argv[1]);
      for (let i = 0; i < 200; i++) file.save(new Uint8Array(100_000).fill(byte));`;
    const children = [1, 2].map((byte) =>
      spawn(process.execPath, ['--input-type=module', '-e', program, String(byte)]),
    );
    const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    let running = true;
    void Promise.all(ends).then(() => {
      running = false;
    });
    while (running) {
      const bytes = checkpointFile(path).load();
      if (bytes) expect(bytes.length === 100_000 && bytes.every((byte) => byte === bytes[0])).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await Promise.all(ends)).toEqual([0, 0]);
    expect(fs.readdirSync(at('two'))).toEqual(['run']);
  });
});

/** What a disk has after a power cut: of files what was synced, of names any of the changes since the folder was synced. */
class Disk {
  /** Calls until the power fails. */
  left = Number.POSITIVE_INFINITY;
  private readonly inodes = new Map<number, { content: number[]; synced: number[] }>();
  private readonly open = new Map<number, number>();
  private names: Map<string, number>;
  private durable: Map<string, number>;
  private pending: ((names: Map<string, number>) => void)[] = [];
  private next = 100;

  constructor(path: string, content: number[]) {
    this.inodes.set(1, { content: [...content], synced: [...content] });
    this.names = new Map([[path, 1]]);
    this.durable = new Map(this.names);
  }

  private call(): void {
    if (this.left-- <= 0) throw new PowerCut();
  }

  private change(change: (names: Map<string, number>) => void): void {
    change(this.names);
    this.pending.push(change);
  }

  readonly functions = {
    openSync: (path: string, flags: string) => {
      this.call();
      const file = this.next++;
      if (flags === 'r') this.open.set(file, 0);
      else {
        expect(flags).toBe('wx');
        expect(this.names.has(path)).toBe(false);
        this.inodes.set(file, { content: [], synced: [] });
        this.open.set(file, file);
        this.change((names) => names.set(path, file));
      }
      return file;
    },
    fchmodSync: () => this.call(),
    writeSync: (file: number, bytes: Uint8Array, from: number) => {
      this.call();
      const count = Math.min(bytes.length - from, 2);
      this.inodes.get(this.open.get(file) as number)?.content.push(...bytes.subarray(from, from + count));
      return count;
    },
    fsyncSync: (file: number) => {
      this.call();
      const inode = this.inodes.get(this.open.get(file) as number);
      if (inode) inode.synced = [...inode.content];
      else {
        this.durable = new Map(this.names);
        this.pending = [];
      }
    },
    closeSync: () => this.call(),
    renameSync: (from: string, to: string) => {
      this.call();
      this.change((names) => {
        const inode = names.get(from);
        if (inode === undefined) return;
        names.delete(from);
        names.set(to, inode);
      });
    },
    rmSync: (path: string) => {
      this.call();
      this.change((names) => names.delete(path));
    },
    readdirSync: () => {
      this.call();
      return [];
    },
  };

  /** What may be at a path afterwards, one for each set of changes of names that reached the disk. */
  after(path: string): (number[] | undefined)[] {
    const { pending } = this;
    return Array.from({ length: 2 ** pending.length }, (_, set) => {
      const names = new Map(this.durable);
      pending.forEach((change, i) => {
        if (set & (1 << i)) change(names);
      });
      return this.inodes.get(names.get(path) ?? -1)?.synced;
    });
  }
}

class PowerCut extends Error {}

describe('a power cut', () => {
  const real = { ...fs };
  afterEach(() => {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  });

  it('at any call of a save leaves the checkpoint before or the new one, and after it the new one', () => {
    const path = at('power');
    fs.writeFileSync(path, Uint8Array.of(1, 2, 3));
    const [before, after] = [
      [1, 2, 3],
      [4, 5, 6, 7, 8],
    ];
    let cuts = 0;
    for (let left = 0; ; left++) {
      const disk = new Disk(path, before);
      disk.left = left;
      Object.assign(fs, disk.functions);
      syncBuiltinESMExports();
      let saved = false;
      try {
        checkpointFile(path).save(Uint8Array.from(after));
        saved = true;
      } catch (error) {
        expect((error as Error).cause).toBeInstanceOf(PowerCut);
      } finally {
        Object.assign(fs, real);
        syncBuiltinESMExports();
      }
      for (const content of disk.after(path)) expect(saved ? [after] : [before, after]).toContainEqual(content);
      if (saved) break;
      cuts++;
    }
    expect(cuts).toBeGreaterThan(6);
  });
});

it('a process that was killed leaves a file that the next one takes away', () => {
  fs.mkdirSync(at('left'));
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const host = fs.readdirSync(at('left'));
  expect(host).toEqual([]);
  const path = at('left/run');
  checkpointFile(path).save(Uint8Array.of(1));
  const name = `run.${hostOf()}.${pid}.0123abcd.partial`;
  fs.writeFileSync(at(`left/${name}`), 'half');
  checkpointFile(path).save(Uint8Array.of(2));
  expect(fs.readdirSync(at('left'))).toEqual(['run']);
});

function hostOf(): string {
  return spawnSync('uname', ['-n'], { encoding: 'utf8' })
    .stdout.trim()
    .replace(/[^\w-]/g, '-');
}
