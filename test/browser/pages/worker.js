import * as hiddenstate from '../../../dist/index.js';
import { runFetched } from './run-fetched.js';

runFetched(hiddenstate).then(
  (results) => postMessage({ results }),
  (error) => postMessage({ error: String(error?.stack ?? error) }),
);
