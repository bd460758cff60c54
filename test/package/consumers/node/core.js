import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createEngine, LSTM } from 'hiddenstate/core';
import { golden } from './golden.js';

const { options, stateDict, input, state } = golden();
const source = readFileSync(fileURLToPath(import.meta.resolve('hiddenstate/kernels.simd.wasm')));
const lstm = new LSTM({ ...options, engine: createEngine({ source }) });
lstm.loadStateDict(stateDict);
console.log(JSON.stringify([...lstm.forward(input, { state }).output.data]));
