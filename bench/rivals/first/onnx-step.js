/** One step of an LSTM by onnxruntime, from a model's bytes to h. */
export async function onnxStep(ort, provider, { model, x }) {
  const options = { executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await ort.InferenceSession.create(model, options);
  const zeros = new ort.Tensor('float32', new Float32Array(x.length), [1, 1, x.length]);
  const feeds = { X: new ort.Tensor('float32', x, [1, 1, x.length]), initial_h: zeros, initial_c: zeros };
  return (await session.run(feeds)).Y_h.data;
}
