/**
 * Packs the library, installs it into a project for every host, and runs it there: `npm run test:hosts`, or with names,
 * `npm run test:hosts -- vite jest-30`. By hand, because it installs what npm has, some hundred megabytes, and takes minutes.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HOSTS } from './hosts.mjs';
import { answerOfPage } from './page.mjs';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');

/** The environment without what npm puts into it, which would tell the inner npm about the outer package. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/i.test(name)));

function run(folder, command, args, further = {}) {
  const options = { cwd: folder, encoding: 'utf8', env: { ...env, ...further }, maxBuffer: 2 ** 26, timeout: 300_000 };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stdout}\n${stderr}`.slice(0, 4000));
  return stdout;
}

function project(parent, name, { packages = [], files, manifest = {} }) {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', ...manifest }));
  for (const file of ['program.js', 'parallel.js', 'vad.js']) cpSync(join(HERE, file), join(folder, file));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  run(folder, 'npm', ['install', '--no-audit', '--no-fund', '--no-save', tarball, ...packages]);
  return folder;
}

const scratch = mkdtempSync(join(tmpdir(), 'hiddenstate-hosts-'));
run(ROOT, 'npm', ['pack', '--ignore-scripts', '--pack-destination', scratch]);
const tarball = join(scratch, readdirSync(scratch)[0]);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in HOSTS));
if (unknown.length > 0) throw new Error(`got hosts ${unknown}, expected some of ${Object.keys(HOSTS)}`);

/** What the first host of each group answers, and the others must. */
const expected = {};
const failed = [];
const begins = new Set();
for (const [name, host] of Object.entries(HOSTS)) {
  const { group = 'program' } = host;
  const isFirst = !begins.has(group) && wanted.some((each) => (HOSTS[each].group ?? 'program') === group);
  begins.add(group);
  if (!isFirst && wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  try {
    const folder = project(scratch, name, host);
    let shown;
    for (const [command, ...args] of host.commands) shown = run(folder, command, args, host.env);
    if (host.page) shown = await answerOfPage(join(folder, host.page));
    if (host.answers !== false) {
      const answer = /\[\[.*\]/.exec(shown)?.[0];
      expected[group] ??= answer;
      if (!answer || answer !== expected[group])
        throw new Error(`got ${shown.slice(0, 500)}, expected ${expected[group]}`);
      if (/parallel: false/.test(shown)) throw new Error('the pool gave other bits');
      if (/ours: false/.test(shown)) throw new Error('the alias does not reach every entry of onnxruntime-web');
    }
    console.log(`${name}: ok (${((performance.now() - started) / 1000).toFixed(0)} s)`);
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    failed.push(name);
    console.log(`${name}: FAILED\n${error.message}`);
  }
}
if (failed.length === 0) rmSync(scratch, { recursive: true, force: true });
else console.log(`failed: ${failed.join(', ')}; their projects are in ${scratch}`);
process.exitCode = failed.length > 0 ? 1 : 0;
