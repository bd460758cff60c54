import ort, { createBackend, InferenceSession, Tensor } from 'hiddenstate/ort';
import { InferenceSession as CommonSession, registerBackend } from 'onnxruntime-common';

/** relu(x · [[1, −2], [3, 4]]), written with onnx.helper. */
const FILE =
  'CAgSADptChEKAXgKAXcSAXAiBk1hdE11bAoMCgFwEgF5IgRSZWx1EgFnKhsIAggCEAFCAXdKEAAAgD8AAADAAABAQAAAgEBaFAoBeBIPCg0IARIJCgMSAW4KAggCYhQKAXkSDwoNCAESCQoDEgFuCgIIAkIECgAQEQ==';
const bytes = Uint8Array.from(atob(FILE), (letter) => letter.charCodeAt(0));
const x: ort.Tensor = new Tensor('float32', Float32Array.of(1, 2, 3, -1), [2, 2]);

const options: InferenceSession.SessionOptions = { executionProviders: ['wasm'] };
const session: InferenceSession = await InferenceSession.create(bytes, options);
const again = await ort.InferenceSession.create(bytes);
await again.release();
const results: InferenceSession.ReturnType = await session.run({ x });
await session.release();

registerBackend('hiddenstate', createBackend(), -1);
const other: CommonSession = await CommonSession.create(bytes, { executionProviders: ['hiddenstate'] });
const same = await other.run({ x });

const shown = [results, same].map(({ y }) => [y?.type, y?.dims, Array.from(y?.data as Float32Array)]);
console.log(JSON.stringify([session.inputNames, ...shown]));
