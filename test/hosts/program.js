/** What every host is asked: an LSTM, an ONNX model, the tokens of no host; the answer is the same numbers everywhere. */
import { createEngine, LSTM, softmax } from 'hiddenstate';
import { describeKeras } from 'hiddenstate/keras';
import { loadOnnx } from 'hiddenstate/onnx';
import { InferenceSession, Tensor } from 'hiddenstate/ort/wasm';

/** relu(x · [[1, −2], [3, 4]]), written with onnx.helper. */
const MODEL =
  'CAgSADptChEKAXgKAXcSAXAiBk1hdE11bAoMCgFwEgF5IgRSZWx1EgFnKhsIAggCEAFCAXdKEAAAgD8AAADAAABAQAAAgEBaFAoBeBIPCg0IARIJCgMSAW4KAggCYhQKAXkSDwoNCAESCQoDEgFuCgIIAkIECgAQEQ==';

/** @param source kernels of the host's own loading, if it needs that */
export async function answer(source) {
  const engine = createEngine({ simd: source ? 'auto' : 'baseline', source });
  const lstm = new LSTM({ inputSize: 3, hiddenSize: 4, seed: 1, engine });
  const y = lstm.stream().step(Float32Array.of(1, 2, 3));
  const bytes = Uint8Array.from(atob(MODEL), (letter) => letter.charCodeAt(0));
  const model = await loadOnnx(bytes, { engine });
  const x = { data: Float32Array.of(1, 2, 3, -1), dims: [2, 2] };
  const run = model.run({ x }).y;
  const numbers = [...y, ...softmax(Float32Array.of(1, 2)), ...run.data].map((each) => Number(each.toFixed(5)));
  if (!source) {
    const session = await InferenceSession.create(bytes);
    const results = await session.run({ x: new Tensor('float32', x.data, x.dims) });
    numbers.push(...results.y.data);
  } else numbers.push(...run.data);
  let refusal;
  try {
    await describeKeras(bytes);
  } catch (error) {
    refusal = error.message.slice(0, 13);
  }
  return JSON.stringify([numbers, refusal]);
}
