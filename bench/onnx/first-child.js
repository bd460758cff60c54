/** A process of its own for one first result: `node first-child.js CONTENDER MODEL`. Prints it as JSON. */
import { readFileSync } from 'node:fs';
import { timeFirst } from './measure.js';
import { MODELS, openSession, openStream } from './silero.js';

const [, , contender, name] = process.argv;
const model = MODELS.find((item) => item.name === name);
const bytes = new Uint8Array(
  readFileSync(new URL(`../../node_modules/@ricky0123/vad-web/dist/${model.file}`, import.meta.url)),
);

if (contender === 'hiddenstate') {
  const { loadOnnx } = await import('../../dist/onnx.js');
  console.log(JSON.stringify(await timeFirst(openStream, loadOnnx, model, bytes)));
} else {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  console.log(JSON.stringify(await timeFirst(openSession, ort, model, bytes)));
}
