import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build } from 'esbuild';

/** What onnxruntime-web fetches to run on the CPU. */
export const ORT_FILES = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];

/** The highest level takes half a minute or more over the rival's kernels, at every build. */
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/**
 * Brotli bytes that a page fetches before a model runs: all of `hiddenstate/onnx` in one file, and the files of onnxruntime-web.
 */
export async function runtimeBytes(root, builtPackage) {
  const { outputFiles } = await build({
    stdin: { contents: "export { loadOnnx } from 'hiddenstate/onnx';", resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    plugins: [builtPackage],
  });
  const folder = join(root, 'node_modules', 'onnxruntime-web', 'dist');
  const theirs = await Promise.all(ORT_FILES.map((name) => readFile(join(folder, name))));
  return { ours: await compressed(outputFiles.map(({ contents }) => contents)), theirs: await compressed(theirs) };
}

async function compressed(files) {
  const sizes = await Promise.all(files.map(async (file) => (await promisify(brotliCompress)(file, options)).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}
