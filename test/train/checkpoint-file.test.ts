/** Where a checkpoint is kept: links, devices, permissions, several writers. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
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
