import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { machine } from '../rivals/machine.js';
import { commit } from '../rivals/results.js';
import { bundleSizes } from './bundles.js';

const FOLDER = join(import.meta.dirname, '../results');
const PREFIX = 'onnx-';
const PACKAGES = ['onnxruntime-web', '@ricky0123/vad-web'];

/**
 * Writes what was measured in a host to bench/results/onnx-HOST.json.
 *
 * @returns the path
 */
export async function saveResults(measured, { id, label }) {
  await mkdir(FOLDER, { recursive: true });
  const about = { date: new Date().toISOString(), commit: commit(), machine: machine(), versions: await versions() };
  const path = join(FOLDER, `${PREFIX}${id}.json`);
  const content = { host: { id, label }, ...about, ...measured, bundles: await bundleSizes() };
  await writeFile(path, `${JSON.stringify(content, null, 1)}\n`);
  return path;
}

/** All that was measured and kept, Node first. */
export async function loadResults() {
  const names = (await readdir(FOLDER))
    .filter((name) => name.startsWith(PREFIX))
    .sort()
    .reverse();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(FOLDER, name), 'utf8'))));
}

async function versions() {
  const require = createRequire(import.meta.url);
  const { version } = require('../../package.json');
  const entries = PACKAGES.map(async (name) => {
    const path = join(import.meta.dirname, '../../node_modules', name, 'package.json');
    return [name, JSON.parse(await readFile(path, 'utf8')).version];
  });
  return { hiddenstate: version, ...Object.fromEntries(await Promise.all(entries)) };
}
