import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { machine } from './machine.js';

const FOLDER = join(import.meta.dirname, '../results');
const PREFIX = 'rivals-';
const TRIAL = 'trial-';
const RIVALS = ['onnxruntime-web', 'onnxruntime-node', '@tensorflow/tfjs-core'];

/**
 * Writes what was measured in a host to bench/results/: `rivals-HOST.json`, or `trial-HOST.json` where it is not the whole.
 *
 * @returns the path
 */
export async function saveResults(measured, { host, trial, plan }) {
  await mkdir(FOLDER, { recursive: true });
  const { id, label, engine, flags } = host;
  const about = { date: new Date().toISOString(), commit: commit(), machine: machine(), versions: versions() };
  const path = join(FOLDER, `${trial ? TRIAL : PREFIX}${id}.json`);
  const content = { host: { id, label, engine, flags }, ...about, plan, ...measured };
  await writeFile(path, `${JSON.stringify(content, null, 1)}\n`);
  return path;
}

/** All that was measured and kept, Node first. */
export async function loadResults({ trial = false } = {}) {
  const prefix = trial ? TRIAL : PREFIX;
  const names = (await readdir(FOLDER).catch(() => [])).filter((name) => name.startsWith(prefix));
  const all = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(FOLDER, name), 'utf8'))));
  const rank = ({ host }) => ['node', 'chromium', 'firefox'].indexOf(host.id.split('-')[0]);
  return all.sort((a, b) => rank(a) - rank(b) || a.host.id.localeCompare(b.host.id, 'en', { numeric: true }));
}

/** What `npm run bench:parallel` measured last, if it ever ran. */
export async function loadParallel() {
  try {
    return JSON.parse(await readFile(join(FOLDER, 'parallel.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function versions() {
  const require = createRequire(import.meta.url);
  const { version } = require('../../package.json');
  const rivals = RIVALS.map((name) => [name, require(`./node_modules/${name}/package.json`).version]);
  return { hiddenstate: version, ...Object.fromEntries(rivals) };
}

/** The commit that is checked out; undefined outside of a repository. */
export function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: FOLDER, encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
