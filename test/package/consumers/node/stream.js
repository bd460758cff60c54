import { LSTM } from 'hiddenstate';
import { golden } from './golden.js';

const { options, stateDict, input, state } = golden();
const lstm = LSTM.fromStateDict(stateDict, { batchFirst: options.batchFirst });
const [steps, inputSize] = input.dims;
const stream = lstm.stream({ state });
const outputs = Array.from({ length: steps }, (_, t) => [
  ...stream.step(input.data.subarray(t * inputSize, (t + 1) * inputSize)),
]);
console.log(JSON.stringify(outputs.flat()));
