/** Older definitions, other types and operators of com.microsoft as onnxruntime computes them, on every build. */
import { archiveSuite } from './archive-suite.js';

archiveSuite({ archive: 'onnxruntime', title: "onnxruntime's single nodes", tolerance: 2e-6 });
