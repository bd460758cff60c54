/** What contenders are called in tables and charts, in the order in which they appear. */
export const NAMES = {
  'hiddenstate-relaxed': 'hiddenstate (relaxed SIMD)',
  'hiddenstate-baseline': 'hiddenstate (baseline SIMD)',
  'hiddenstate-int8': 'hiddenstate (int8 weights)',
  hiddenstate: 'hiddenstate',
  'onnxruntime-web': 'onnxruntime-web',
  'onnxruntime-node': 'onnxruntime-node (native)',
  'tensorflow-wasm': 'TensorFlow.js wasm',
  'tensorflow-cpu': 'TensorFlow.js cpu',
  plain: 'plain JavaScript',
};

export const CELL_NAMES = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN (tanh)' };

export const KIND_NAMES = {
  streaming: 'Streaming: one step a call, batch 1, state carried',
  sequence: 'Sequence: T = 100 in one call, batch 1',
  batch: 'Batch: 32 sequences of T = 100 in one call',
};

export const isOurs = (id) => id.startsWith('hiddenstate');
export const isCeiling = (id) => id.startsWith('ceiling-');
export const isRival = (id) => !isOurs(id) && !isCeiling(id) && id !== 'reference';

/** The builds have a ceiling to be judged by: reading and multiplying float32. */
export const hasCeiling = (id) => isOurs(id) && id !== 'hiddenstate-int8';

/** The best build of ours that the host runs. */
export const bestBuild = ({ measured }) => Object.keys(NAMES).find((id) => isOurs(id) && id in measured);
