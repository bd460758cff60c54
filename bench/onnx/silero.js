/** The three Silero models: what a frame is, which of their tensors are states, and frames that make the probability move. */
export const MODELS = [
  { name: 'Silero v5', file: 'silero_vad_v5.onnx', size: 576, states: { state: ['stateN', [2, 1, 128]] } },
  { name: 'Silero v6', file: 'silero_vad_v6.onnx', size: 576, states: { state: ['stateN', [2, 1, 128]] } },
  {
    name: 'Silero legacy',
    file: 'silero_vad_legacy.onnx',
    size: 1536,
    states: { h: ['hn', [2, 1, 64]], c: ['cn', [2, 1, 64]] },
  },
];

const RATE = 16000;

/** Noise with a tone that comes and goes. */
export function framesOf({ size }, count) {
  let seed = 7;
  const noise = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed / 0x7fffffff - 0.5;
  };
  return Array.from({ length: count }, (_, frame) =>
    Float32Array.from({ length: size }, (_, i) => {
      const tone = Math.sin((2 * Math.PI * 220 * (frame * size + i)) / RATE);
      return (frame % 5) * 0.05 * tone + 0.05 * noise();
    }),
  );
}

/** hiddenstate: the states stay in wasm memory. */
export async function openStream(loadOnnx, model, bytes) {
  const loaded = await loadOnnx(bytes);
  const sr = { data: BigInt64Array.of(BigInt(RATE)), dims: [] };
  const stream = loaded.stream({ feeds: { sr }, dims: { input: [1, model.size] } });
  const out = new Float32Array(1);
  return {
    step: (frame) => stream.step(frame, out)[0],
    close: () => {
      stream.dispose();
      loaded.dispose();
    },
  };
}

/** hiddenstate as onnxruntime is used: the states go in and come out of every call. */
export async function openRun(loadOnnx, model, bytes) {
  const loaded = await loadOnnx(bytes);
  const feeds = { sr: { data: BigInt64Array.of(BigInt(RATE)), dims: [] } };
  for (const [name, [, dims]] of Object.entries(model.states)) feeds[name] = zeros(dims);
  return {
    step: (frame) => {
      feeds.input = { data: frame, dims: [1, model.size] };
      const result = loaded.run(feeds);
      for (const [name, [next]] of Object.entries(model.states)) feeds[name] = result[next];
      return result.output.data[0];
    },
    close: () => loaded.dispose(),
  };
}

/** onnxruntime, on one thread. */
export async function openSession(ort, model, bytes) {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const tensor = ({ data, dims }) => new ort.Tensor('float32', data, dims);
  const feeds = { sr: new ort.Tensor('int64', BigInt64Array.of(BigInt(RATE)), []) };
  for (const [name, [, dims]] of Object.entries(model.states)) feeds[name] = tensor(zeros(dims));
  return {
    step: async (frame) => {
      feeds.input = tensor({ data: frame, dims: [1, model.size] });
      const result = await session.run(feeds);
      for (const [name, [next]] of Object.entries(model.states)) feeds[name] = result[next];
      return result.output.data[0];
    },
    close: () => session.release(),
  };
}

function zeros(dims) {
  return { data: new Float32Array(dims.reduce((a, b) => a * b)), dims };
}
