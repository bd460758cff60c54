import * as hiddenstate from '../../../dist/index.js';
import { runFetched } from './run-fetched.js';

postMessage(await runFetched(hiddenstate));
