import { GRU, LSTM, type Module, RNN } from '../../index.js';
import type { TrainSettings } from './run-fit.js';

/** A recurrent layer of fresh weights. */
export function makeCell(inputSize: number, { cell, hidden, layers, seed }: TrainSettings): Module {
  const options = { inputSize, hiddenSize: hidden, numLayers: layers, seed };
  if (cell === 'lstm') return new LSTM(options);
  return cell === 'gru' ? new GRU(options) : new RNN(options);
}
