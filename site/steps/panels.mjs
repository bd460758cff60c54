import { existsSync } from 'node:fs';
import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runtimeBytes } from './runtime-bytes.mjs';

/** Loads only what it needs, when it needs it: it is there to be timed from nothing. */
const FIRST_WORKER = 'first-worker';

/** Bundles each folder of panels/ that has a panel.ts: NAME.js, NAME.css, NAME-worker.js, and parts that are loaded on demand. */
export async function bundlePanels({ site, root, out }) {
  const names = (await readdir(join(site, 'panels'))).filter((name) =>
    existsSync(join(site, 'panels', name, 'panel.ts')),
  );
  const withWorker = names.filter((name) => existsSync(join(site, 'panels', name, 'worker.ts')));
  const options = {
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: out,
    entryNames: '[name]',
    chunkNames: 'parts/[name]-[hash]',
    plugins: [builtPackage(root)],
    logLevel: 'warning',
    define: { RUNTIME_BYTES: JSON.stringify(await runtimeBytes(root, builtPackage(root))) },
  };
  await build({
    ...options,
    splitting: true,
    entryPoints: Object.fromEntries([
      ...names.map((name) => [name, join(site, 'panels', name, 'panel.ts')]),
      [FIRST_WORKER, join(site, 'panels', 'file', `${FIRST_WORKER}.ts`)],
    ]),
  });
  // Whole, so that a panel works without a network once its worker is there.
  const workers = withWorker.map((name) => [`${name}-worker`, join(site, 'panels', name, 'worker.ts')]);
  await build({ ...options, entryPoints: Object.fromEntries(workers) });
  // Audio threads load one file that imports nothing.
  await cp(join(root, 'dist', 'worklet-processor.js'), join(out, 'processor.js'));
  for (const name of names) {
    if (!existsSync(join(out, `${name}.css`))) await writeFile(join(out, `${name}.css`), '');
  }
}

/** `hiddenstate` is the built package beside the site, as a user would have installed it. */
function builtPackage(root) {
  return {
    name: 'built-package',
    setup({ onResolve }) {
      onResolve({ filter: /^hiddenstate(\/|$)/ }, ({ path }) => {
        const entry = path.slice('hiddenstate'.length + 1).replaceAll('/', '-') || 'index';
        return { path: join(root, 'dist', `${entry}.js`), sideEffects: false };
      });
    },
  };
}
