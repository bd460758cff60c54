import { join } from 'node:path';
import { build } from 'esbuild';

const FOLDER = join(import.meta.dirname, '..');
/** Node's modules, which some rivals name and never reach in a browser. */
const ABSENT = ['module', 'fs', 'path', 'url', 'util', 'crypto', 'worker_threads', 'perf_hooks', 'os', 'ws', 'node:*'];
/** The smallest of onnxruntime-web's bundles: wasm alone. */
const ALIASES = { 'onnxruntime-web': 'onnxruntime-web/wasm' };

/**
 * Bundles a script and what it imports as a user's build for browsers would.
 *
 * @param entry a path from bench/rivals, or `{ contents }` of a script that lies there
 * @returns minified code
 */
export async function bundle(entry) {
  const source =
    typeof entry === 'string'
      ? { entryPoints: [join(FOLDER, entry)] }
      : { stdin: { contents: entry.contents, resolveDir: FOLDER } };
  const { outputFiles } = await build({
    ...source,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ABSENT,
    alias: ALIASES,
    legalComments: 'none',
    logLevel: 'error',
  });
  return outputFiles[0].text;
}
