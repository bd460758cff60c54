/** What loops, sequences and functions are planned by. Few graphs have any: bundled with the operators that most models do without. */
import { checkFunctions } from '../check-functions.js';
import type { Repetitions } from '../frame.js';
import { callFunction } from './call-function.js';
import { planLoop } from './loop.js';
import { planScan } from './scan.js';
import { planSequenceMap } from './sequence-map.js';
import { planList } from './sequences.js';

export const REPETITIONS: Repetitions = {
  control: { Loop: planLoop, Scan: planScan, SequenceMap: planSequenceMap },
  list: planList,
  checkFunctions,
  callFunction,
};
