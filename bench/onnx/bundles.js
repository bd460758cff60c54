import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

/** What onnxruntime-web fetches besides its bundle. */
const FETCHED = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.mjs'];

export const ORT = join(import.meta.dirname, '../../node_modules/onnxruntime-web/dist');

/**
 * Bundles for a browser, minified.
 *
 * @param source `{ entryPoints }` or `{ stdin }` as esbuild takes them, relative to this folder
 */
export async function bundle(source) {
  const { outputFiles } = await build({
    ...source,
    absWorkingDir: import.meta.dirname,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['/hiddenstate.js', '/onnxruntime.js', 'node:*', 'fs', 'path', 'url', 'module', 'worker_threads'],
    legalComments: 'none',
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** Both entries of the library, as one bundle: what a model is read with, and the layer it is compared with. */
export function libraryBundle() {
  const contents = "export { loadOnnx } from '../../dist/onnx.js'; export { LSTM } from '../../dist/index.js';";
  return bundle({ stdin: { contents, resolveDir: import.meta.dirname } });
}

/** Bytes that a page has to download to run a model: as they are, and compressed. */
export async function bundleSizes() {
  const ours = [Buffer.from(await bundle({ entryPoints: ['../../dist/onnx.js'] }))];
  const script = Buffer.from(await bundle({ entryPoints: ['onnxruntime-web/wasm'] }));
  const theirs = [script, ...FETCHED.map((name) => readFileSync(join(ORT, name)))];
  return { hiddenstate: sizesOf(ours), onnxruntime: sizesOf(theirs) };
}

function sizesOf(files) {
  const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
  return {
    raw: sum(files.map(({ length }) => length)),
    brotli: sum(files.map((file) => brotliCompressSync(file).length)),
  };
}
