import * as hiddenstate from '../../../dist/index.js';
import { runFetched } from './run-fetched.js';

globalThis.results = runFetched(hiddenstate);
