import assert from 'node:assert/strict';
import { LSTM } from 'hiddenstate';
import { createDebugEngine } from 'hiddenstate/debug';
import { golden } from './golden.js';

const { options, stateDict, input, state } = golden();
const engine = createDebugEngine();
const lstm = new LSTM({ ...options, engine });
lstm.loadStateDict(stateDict);
console.log(JSON.stringify([...lstm.forward(input, { state }).output.data]));
assert.throws(
  () => engine.kernels.affine(8196, 16384, 32768, 1, 48, 4, 48, 4),
  /gemm: pointers must be 16-byte aligned/,
);
