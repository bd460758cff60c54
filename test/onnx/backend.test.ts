/** ONNX's own node tests, on every build. */
import { archiveSuite } from './archive-suite.js';

archiveSuite({
  archive: 'backend',
  title: "ONNX's backend node tests",
  tolerance: 2e-6,
  refused: [
    [/^training_dropout_/, /^Dropout .*: got training_mode true, expected false/],
    [/^batchnorm_.*_training_mode/, /^BatchNormalization .*: got training mode, expected inference/],
    [/BFLOAT16/, /^loadOnnx: .*: got data type bfloat16, expected one of float32/],
    [/^maxpool_with_argmax/, /^MaxPool .*: got output Indices, expected the values alone/],
    [/conv_with|pool_2d/, /^(Conv|MaxPool|AveragePool) .*: got windows along 2 axes, expected one/],
  ],
  // The models' own constant for π ends after a few digits; onnxruntime-web is as far from the expected numbers.
  coarse: [[/^(blackman|hamming|hann)window.*_expanded/, 1e-4]],
});
