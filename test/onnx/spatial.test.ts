/** Operators over space as onnxruntime computes them, on every build. */
import { archiveSuite } from './archive-suite.js';

archiveSuite({ archive: 'spatial', title: 'operators over space', tolerance: 2e-6 });
