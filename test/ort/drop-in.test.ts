/** One file of user code, run on onnxruntime-web and on hiddenstate/ort: only its import changes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { readArchive } from '../onnx/archive.js';

const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-ort-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = readFileSync(new URL('program.mjs', import.meta.url), 'utf8');
const characters = join(folder, 'characters.onnx');
const silero = createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx');

/** Runs the program with another package in its import, `* as ort` or the default, and reads what it prints. */
async function runWith(specifier: string, names: string): Promise<unknown> {
  const source = program.replace("import * as ort from 'onnxruntime-web'", `import ${names} from '${specifier}'`);
  const args = ['--input-type=module', '-e', source, '--', characters, silero];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

/** The same value with numbers close instead of equal. */
function near(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 5);
  if (Array.isArray(value)) return value.map(near);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, near(each)]));
}

test.each(['* as ort', 'ort'])('a program prints the same after changing its import of %s', async (names) => {
  const { model } = readArchive('torch').find(({ name }) => name === 'characters')!;
  writeFileSync(characters, model);
  const theirs = await runWith('onnxruntime-web', names);
  const ours = await runWith(new URL('../../dist/ort.js', import.meta.url).href, names);
  expect(ours).toEqual(near(theirs));
  expect((theirs as { tokens: number[] }).tokens).toHaveLength(12);
});
