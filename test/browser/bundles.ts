import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { ROOT } from '../structure/import-graph.js';

/** The page scripts that exist as bundles too, library included. */
const SCRIPTS = ['main', 'worker', 'worklet'];

/** What leans on packages, some in CommonJS, which the bundler has to know. */
const WITH_PACKAGES = ['ladder', 'formats'];

const pathOf = (name: string) => join(ROOT, `test/browser/pages/${name}.js`);

/** Bundles page scripts as a user's build would; gives them under `/bundles/`. */
export async function bundlePages(): Promise<[string, string][]> {
  const plain = SCRIPTS.map(async (name): Promise<[string, string]> => {
    const bundle = await rollup({ input: pathOf(name), plugins: [nodeResolve()] });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    return [`/bundles/${name}.js`, output[0].code];
  });
  const packaged = WITH_PACKAGES.map(async (name): Promise<[string, string]> => {
    const { outputFiles } = await build({ entryPoints: [pathOf(name)], bundle: true, format: 'esm', write: false });
    return [`/bundles/${name}.js`, outputFiles[0].text];
  });
  return Promise.all([...plain, ...packaged]);
}
