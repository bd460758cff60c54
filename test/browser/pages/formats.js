import * as hiddenstate from '../../../dist/index.js';
import * as keras from '../../../dist/keras.js';
import * as onnx from '../../../dist/onnx.js';
import * as ort from '../../../dist/ort.js';
import { answer } from './run-fetched.js';
import { runFormats } from './run-formats.js';

async function run() {
  const { files, ...rest } = await (await fetch('/formats.json')).json();
  const bytes = Object.fromEntries(Object.entries(files).map(([name, list]) => [name, Uint8Array.from(list)]));
  const engine = hiddenstate.createEngine({ simd: 'baseline' });
  return { numbers: await runFormats({ onnx, keras, ort }, engine, { files: bytes, ...rest }) };
}

globalThis.results = answer(run);
