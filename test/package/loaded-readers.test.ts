/** `openModel` loads the reader of the file's own format, and no other. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { expectOwnReader, readerFiles } from './reader-files.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** A loader that notes which files of dist/ are loaded. */
const HOOK = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  const [, name] = url.split('/dist/');
  if (name) appendFileSync(process.env.LOADED, name + '\\n');
  return next(url, context);
}`;
const hook = pathToFileURL(write('hook.mjs', HOOK)).href;
const REGISTER = `data:text/javascript,import{register}from'node:module';register('${hook}')`;
const PROGRAM = `
import { openModel } from '${pathToFileURL(join(ROOT, 'dist/files.js')).href}';
const [path, layers] = process.argv.slice(2);
const model = await openModel(path, layers ? { layers: layers.split(',') } : {});
model.dispose();
process.stdout.write(model.format);`;
const program = write('program.mjs', PROGRAM);

function loadedFor(path: string, layers: string): { format: string; files: string[] } {
  const LOADED = write('loaded.txt', '');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', REGISTER, program, path, layers], {
    encoding: 'utf8',
    env: { ...process.env, LOADED },
  });
  expect([status, stderr]).toEqual([0, '']);
  return { format: stdout, files: readFileSync(LOADED, 'utf8').trim().split('\n') };
}

const FILES = readerFiles();
for (const { files } of FILES) for (const [name, bytes] of Object.entries(files)) write(name, bytes);

describe('openModel loads the reader of the file’s own format alone', () => {
  test.each(FILES.map((each) => [each.format, each.path, each] as const))('%s: %s', (format, path, each) => {
    const { format: found, files } = loadedFor(join(folder, path), each.layers ?? '');
    expect(found).toBe(format);
    expectOwnReader(files, each);
  });
});
