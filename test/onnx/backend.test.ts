/** ONNX's own node tests, on every build. */
import { archiveSuite } from './archive-suite.js';
import { REFUSALS } from './refusals.js';

archiveSuite({
  archive: 'backend',
  title: "ONNX's backend node tests",
  tolerance: 2e-6,
  refused: REFUSALS,
  // The models' own constant for π ends after a few digits; onnxruntime-web is as far from the expected numbers.
  coarse: [[/^(blackman|hamming|hann)window.*_expanded/, 1e-4]],
});
