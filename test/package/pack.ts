import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../structure/import-graph.js';

/** What `npm pack` made. */
export interface Tarball {
  readonly path: string;
  /** What is in it, sorted. */
  readonly files: readonly string[];
  /** Bytes. */
  readonly size: number;
}

/** An empty folder outside of the repository, so that nothing is found in the repository's node_modules by accident. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hiddenstate-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a program and gives what it wrote to stdout; all that it wrote is in the error if it fails. */
export function run(folder: string, program: string, ...args: string[]): string {
  const options = { cwd: folder, encoding: 'utf8', env: outsideEnvironment(), maxBuffer: 2 ** 26 } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')}: exit code ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Packs what is built. `--ignore-scripts` because the build has run, and must not run under other tests. */
export function pack(into: string): Tarball {
  const json = run(ROOT, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', into);
  const [{ filename, files, size }] = JSON.parse(json) as {
    filename: string;
    files: { path: string }[];
    size: number;
  }[];
  return { path: join(into, filename), files: files.map(({ path }) => path).sort(), size };
}

/**
 * Copies the consumers and installs the tarball above them, without a registry: the dependencies that package.json
 * declares come from the repository's node_modules, and one that it does not declare is not there.
 *
 * @param further packages of the repository that the consumers have as well
 */
export function installConsumers(folder: string, tarball: Tarball, further: readonly string[] = []): void {
  cpSync(join(ROOT, 'test/package/consumers'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const folders = [...Object.keys(dependencies), ...further].map((name) => join(ROOT, 'node_modules', name));
  const flags = ['--offline', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund'];
  run(folder, 'npm', 'install', ...flags, tarball.path, ...folders);
}

/** The environment without what `npm test` puts into it, which would tell the inner npm about the outer package. */
function outsideEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST)/i.test(name));
  return Object.fromEntries(entries);
}
