/** A pool of two workers in a page: a batch of sequences, and steps of a stream that nobody awaits. */
import * as hiddenstate from '../../../dist/index.js';
import { openPool } from '../../../dist/parallel.js';
import { runPool } from './run-pool.js';

globalThis.results = runPool(hiddenstate, openPool).then(
  (answer) => JSON.stringify({ isolated: globalThis.crossOriginIsolated, ...answer }),
  (error) => JSON.stringify({ error: String(error?.stack ?? error) }),
);
