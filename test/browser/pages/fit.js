import * as hiddenstate from '../../../dist/index.js';
import * as train from '../../../dist/train.js';
import { answer } from './run-fetched.js';
import { runFit } from './run-fit.js';

globalThis.results = answer(() => runFit(hiddenstate, train));
