import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';
import { ROOT } from '../structure/import-graph.js';

/** The page scripts that exist as bundles too, library included. */
const SCRIPTS = ['main', 'worker', 'worklet'];

/** Bundles page scripts as a user's build would; gives them under `/bundles/`. */
export async function bundlePages(): Promise<[string, string][]> {
  return Promise.all(
    SCRIPTS.map(async (name): Promise<[string, string]> => {
      const input = join(ROOT, `test/browser/pages/${name}.js`);
      const bundle = await rollup({ input, plugins: [nodeResolve()] });
      const { output } = await bundle.generate({ format: 'es' });
      await bundle.close();
      return [`/bundles/${name}.js`, output[0].code];
    }),
  );
}
