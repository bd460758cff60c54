/** Loops, scans, branches, sequences, optionals and functions of models, on every build against onnxruntime. */
import { archiveSuite } from './archive-suite.js';

archiveSuite({ archive: 'control', title: 'control flow', tolerance: 2e-6 });
