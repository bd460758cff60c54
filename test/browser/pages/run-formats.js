import { fromBits, toBits } from './run-cases.js';

/**
 * Runs one model of each kind of file: Silero frame by frame as a stream, an HDF5 file and an archive of Keras', and user code
 * written for onnxruntime. It uses nothing but ECMAScript and what it is given.
 *
 * @param rooms what `import * as` gives of hiddenstate/onnx and, where the realm has them, /keras and /ort
 * @param files bytes by name
 * @param feeds of Keras' model, by name, as bits
 * @returns every tensor that came out, as bits under a name
 */
export async function runFormats({ onnx, keras, ort }, engine, { files, frames, feeds }) {
  const numbers = {};
  await runSilero(onnx, engine, files.silero, frames.map(fromBits), numbers);
  for (const format of keras ? ['keras', 'h5'] : []) {
    const model = await keras.loadKeras(files[format], { engine });
    const entries = Object.entries(feeds).map(([name, { bits, dims }]) => [name, { data: fromBits(bits), dims }]);
    const outputs = Object.values(model.run(Object.fromEntries(entries)));
    for (const [i, { data }] of outputs.entries()) numbers[`${format}/${i}`] = toBits(data);
    model.dispose();
  }
  if (ort) numbers['ort/probabilities'] = toBits(await userCode(ort, files.silero, frames.map(fromBits)));
  return numbers;
}

async function runSilero({ loadOnnx }, engine, bytes, frames, numbers) {
  const model = await loadOnnx(bytes, { engine });
  const sr = { data: BigInt64Array.of(16000n), dims: [] };
  const stream = model.stream({ feeds: { sr }, dims: { input: [1, frames[0].length] } });
  numbers['onnx/probabilities'] = toBits(Float32Array.from(frames, (frame) => stream.step(frame)[0]));
  numbers['onnx/state'] = toBits(stream.state.state.data);
  stream.dispose();
  model.dispose();
}

/** As it would be written for onnxruntime-web. */
async function userCode({ InferenceSession, Tensor }, bytes, frames) {
  const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const sr = new Tensor('int64', BigInt64Array.of(16000n), []);
  let state = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const probabilities = [];
  for (const frame of frames) {
    const { output, stateN } = await session.run({ input: new Tensor('float32', frame, [1, frame.length]), state, sr });
    state = stateN;
    probabilities.push(output.data[0]);
  }
  await session.release();
  return Float32Array.from(probabilities);
}
