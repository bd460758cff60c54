/**
 * Writes tfjs.json.gz: what TensorFlow.js gives for the cases of generate.py, or what it says against them.
 *
 *     npm --prefix bench/rivals ci --ignore-scripts && node test/keras/run-tfjs.js
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const SHIM = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Its modules name each other without extensions, which bundlers find and Node does not. */
async function tensorFlow() {
  const resolveDir = fileURLToPath(new URL('../../bench/rivals', import.meta.url));
  const contents = `
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
    import '@tensorflow/tfjs-backend-cpu';
    export * as tf from '@tensorflow/tfjs-core';
    export * as layers from '@tensorflow/tfjs-layers';`;
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-'));
  const outfile = join(folder, 'tfjs.mjs');
  buildSync({
    stdin: { contents, resolveDir },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    banner: { js: SHIM },
    outfile,
    logLevel: 'error',
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { tf, layers } = await tensorFlow();
const here = (name) => new URL(name, import.meta.url);
const cases = ['tf-keras', 'keras-3.15'].flatMap((which) =>
  JSON.parse(gunzipSync(readFileSync(here(`small-${which}.json.gz`))).toString()),
);
const floats = (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
const pack = (array) => Buffer.from(Float32Array.from(array).buffer).toString('base64');

async function run({ model: { modelTopology, weightsManifest }, shards, inputs }) {
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const body = Buffer.concat(
    weightsManifest.flatMap(({ paths }) => paths.map((path) => Buffer.from(shards[path], 'base64'))),
  );
  const weightData = new Uint8Array(body).buffer;
  const model = await layers.loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
  const feeds = Object.values(inputs).map(({ data, dims }) => tf.tensor(floats(data), dims));
  const outputs = [model.predict(feeds.length > 1 ? feeds : feeds[0])].flat();
  return outputs.map((output) => ({ dims: output.shape, data: pack(output.dataSync()) }));
}

await tf.setBackend('cpu');
console.warn = () => {};
const results = {};
for (const one of cases) {
  try {
    results[one.name] = { outputs: await run(one) };
  } catch (error) {
    results[one.name] = { refused: String(error.message ?? error).slice(0, 160) };
  }
}
const text = JSON.stringify({ version: layers.version_layers, results });
writeFileSync(here('tfjs.json.gz'), gzipSync(text));
const ran = Object.values(results).filter(({ outputs }) => outputs).length;
console.log(`TensorFlow.js ${layers.version_layers} runs ${ran} of ${cases.length} cases`);
