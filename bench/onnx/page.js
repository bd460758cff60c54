/** The page of the browser's run. The contenders' bundles are imported when they are asked for, so that a first result pays for itself. */
import { measureLstm } from './lstm.js';
import { measureFrames, timeFirst } from './measure.js';
import { MODELS, openSession, openStream } from './silero.js';

async function bytesOf({ file }) {
  return new Uint8Array(await (await fetch(`/models/${file}`)).arrayBuffer());
}

async function onnxruntime() {
  const ort = await import('/onnxruntime.js');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/ort/';
  return ort;
}

globalThis.measureFrames = async (name, pace) => {
  const model = MODELS.find((item) => item.name === name);
  const { loadOnnx } = await import('/hiddenstate.js');
  return measureFrames({ loadOnnx, ort: await onnxruntime() }, model, await bytesOf(model), pace);
};

globalThis.measureLstm = async (size, pace) => measureLstm(await import('/hiddenstate.js'), size, pace);

globalThis.measureFirst = async (contender, name) => {
  const model = MODELS.find((item) => item.name === name);
  const bytes = await bytesOf(model);
  if (contender === 'onnxruntime') return timeFirst(openSession, await onnxruntime(), model, bytes);
  const { loadOnnx } = await import('/hiddenstate.js');
  return timeFirst(openStream, loadOnnx, model, bytes);
};
