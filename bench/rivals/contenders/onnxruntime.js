import { onnxModel } from '../cases/onnx-model.js';

const OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
};

/**
 * onnxruntime with one recurrent node. It keeps no state: the one that comes out of a call is fed to the next.
 *
 * @param ort the module of onnxruntime-web or onnxruntime-node
 * @param provider 'wasm' or 'cpu'
 */
export function onnxruntimeContender(id, ort, provider) {
  const open = async ({ cell, kind, size, steps, batch }, { dict, x }) => {
    const streaming = kind === 'streaming';
    const model = onnxModel(cell, dict, { wantsSequence: !streaming });
    const session = await ort.InferenceSession.create(model, { ...OPTIONS, executionProviders: [provider] });
    const zeros = () => new ort.Tensor('float32', new Float32Array(batch * size), [1, batch, size]);
    // One tensor for all calls: a user writes the next input into its data.
    const feeds = { X: new ort.Tensor('float32', x, [steps, batch, size]), initial_h: zeros() };
    if (cell === 'lstm') feeds.initial_c = zeros();
    let result;
    const run = async () => {
      result = await session.run(feeds);
    };
    const step = async () => {
      result = await session.run(feeds);
      feeds.initial_h = result.Y_h;
      if (cell === 'lstm') feeds.initial_c = result.Y_c;
    };
    return {
      run: streaming ? step : run,
      output: () => (streaming ? result.Y_h : result.Y).data,
      close: () => session.release(),
    };
  };
  return { id, isAsync: true, startsSlowly: true, open };
}
