import * as hiddenstate from '../../../dist/index.js';
import { answer } from './run-fetched.js';
import { runInt8 } from './run-int8.js';

globalThis.results = answer(async () =>
  runInt8(hiddenstate, await (await fetch('/dist/kernels.relaxed.wasm')).arrayBuffer()),
);
