import { existsSync } from 'node:fs';
import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles each folder of panels/ that has a panel.ts: NAME.js, NAME.css, NAME-worker.js, and parts that are loaded on demand. */
export async function bundlePanels({ site, root, out }) {
  const names = (await readdir(join(site, 'panels'))).filter((name) =>
    existsSync(join(site, 'panels', name, 'panel.ts')),
  );
  await build({
    entryPoints: Object.fromEntries(names.flatMap((name) => entriesOf(join(site, 'panels', name), name))),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: out,
    entryNames: '[name]',
    chunkNames: 'parts/[name]-[hash]',
    plugins: [builtPackage(root)],
    logLevel: 'warning',
  });
  // Audio threads load one file that imports nothing.
  await cp(join(root, 'dist', 'worklet-processor.js'), join(out, 'processor.js'));
  for (const name of names) {
    if (!existsSync(join(out, `${name}.css`))) await writeFile(join(out, `${name}.css`), '');
  }
}

function entriesOf(folder, name) {
  const worker = join(folder, 'worker.ts');
  return [[name, join(folder, 'panel.ts')], ...(existsSync(worker) ? [[`${name}-worker`, worker]] : [])];
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
