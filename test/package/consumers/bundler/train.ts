/** Training, and every module that a tape takes back. */
export {
  Embedding,
  GRU,
  Linear,
  LogSoftmax,
  LSTM,
  ReLU,
  RNN,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
} from 'hiddenstate';
export * from 'hiddenstate/train';
