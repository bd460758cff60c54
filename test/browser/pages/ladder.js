import { createEngine } from '../../../dist/index.js';
import * as sequence from '../../../dist/sequence.js';
import { answer } from './run-fetched.js';
import { runLadder } from './run-ladder.js';

globalThis.results = answer(() => runLadder(sequence, createEngine({ simd: 'baseline' })));
