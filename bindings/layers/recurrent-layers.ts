/**
 * Every recurrent layer: the list from which the library exports them and `loadModel` makes them. A layer comes with its
 * `fromStateDict` and, as `stated`, the names of the options that tensors do not tell.
 */
export { GRU, type GRUOptions } from './gru.js';
export { LSTM, type LSTMOptions } from './lstm.js';
export { type Nonlinearity, RNN, type RNNOptions } from './rnn.js';
