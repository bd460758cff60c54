import { LSTM } from 'hiddenstate';
import { golden } from './golden.js';

const { options, stateDict, input, state } = golden();
const lstm = LSTM.fromStateDict(stateDict, { batchFirst: options.batchFirst });
console.log(JSON.stringify([...lstm.forward(input, { state }).output.data]));
