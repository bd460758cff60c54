/** Whole nets: what PyTorch 2's two exporters, tf2onnx and onnxruntime's quantisers write, on every build. */
import { archiveSuite } from './archive-suite.js';

archiveSuite({ archive: 'exporters', title: "PyTorch 2's exporters", tolerance: 5e-6 });
archiveSuite({ archive: 'keras', title: 'tf2onnx on Keras models', tolerance: 5e-6 });
archiveSuite({ archive: 'quantized', title: "onnxruntime's quantisers", tolerance: 5e-6 });
