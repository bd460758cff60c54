/** ONNX's own node tests, on every build. */
import { archiveSuite } from './archive-suite.js';
import { REFUSALS } from './refusals.js';

archiveSuite({
  archive: 'backend',
  title: "ONNX's backend node tests",
  tolerance: 2e-6,
  refused: REFUSALS,
  // The models' own constant for π ends after a few digits; onnxruntime-web is as far from the expected numbers.
  coarse: [
    // Expected numbers with four digits.
    [/^averagepool_2d_ceil_last_window_starts_on_pad/, 1e-4],
    // Expected numbers that were computed in half precision throughout; here only results are rounded to it.
    [/^attention_.*(fp16|bf16|fp16_.*|mode3_softmax_precision.*)$/, 8e-3],
    [/^(blackman|hamming|hann)window.*_expanded/, 1e-4],
  ],
});
