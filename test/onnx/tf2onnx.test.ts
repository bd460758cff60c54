/** Keras models in tf2onnx's shape, on every build against Keras' formulas, and against onnxruntime-web. */
import { archiveSuite } from './archive-suite.js';
import { besideOnnxruntime } from './beside-onnxruntime.js';

const SUITE = { archive: 'tf2onnx', title: "tf2onnx's shape", tolerance: 2e-6 } as const;

archiveSuite(SUITE);
besideOnnxruntime(SUITE);
