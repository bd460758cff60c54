/** What is published: the files, and what the linters of packages say about them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, sourcesOf } from '../structure/import-graph.js';
import { installConsumers, pack, run, temporaryFolder } from './pack.js';

const FILES = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
  ...['cli', 'core', 'debug', 'graph', 'index', 'keras', 'onnx', 'ort', 'sequence', 'train', 'train-node'].map(
    (name) => `dist/${name}.js`,
  ),
  ...['parallel.js', 'parallel-worker.js', 'shared.js'].map((name) => `dist/${name}`),
  ...['kernels.relaxed.wasm', 'kernels.simd.wasm'].map((name) => `dist/${name}`),
  // What no entry leads to has no use for types: the command line and what it measures with.
  ...sourcesOf('bindings')
    .filter((path) => !/^(cli|measure)\//.test(path))
    .map((path) => `dist/types/${path.replace(/\.ts$/, '.d.ts')}`),
].sort();

describe('the package', { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const tarball = pack(folder.path);

  it('has exactly the files it should have', () => {
    console.log(`package: ${tarball.files.length} files, ${tarball.size} bytes packed`);
    expect(tarball.files).toEqual(FILES);
  });

  it('shares functions between its entries, and no class: index would have to keep it for its kernels', () => {
    expect(readFileSync(join(ROOT, 'dist/shared.js'), 'utf8')).not.toMatch(/\bclass\b/);
  });

  it('has nothing for publint to say', async () => {
    installConsumers(folder.path, tarball);
    const pkgDir = join(folder.path, 'node_modules/hiddenstate');
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that are right in every resolution of ES modules', () => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    // Bytes have no types; everything else must resolve to some.
    const flags = ['--profile', 'esm-only', '--exclude-entrypoints', 'kernels.simd.wasm', 'kernels.relaxed.wasm'];
    const report = run(folder.path, process.execPath, attw, tarball.path, '--no-color', ...flags);
    const entries = ['', '/core', '/debug', '/keras', '/onnx', '/ort', '/sequence', '/train', '/train/node'].map(
      (entry) => `hiddenstate${entry}`,
    );
    for (const entry of entries) expect(report).toContain(`"${entry}"`);
    expect(report).toContain('"hiddenstate/parallel"');
  });
});
