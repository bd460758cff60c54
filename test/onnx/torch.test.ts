/** What PyTorch's exporter writes, on every build against PyTorch, and against onnxruntime-web as a second opinion. */
import { archiveSuite } from './archive-suite.js';
import { besideOnnxruntime } from './beside-onnxruntime.js';

const SUITE = { archive: 'torch', title: "PyTorch's exports", tolerance: 5e-6 } as const;

archiveSuite(SUITE);
besideOnnxruntime(SUITE);
