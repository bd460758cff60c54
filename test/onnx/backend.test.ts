/** ONNX's own node tests, on every build. */
import { archiveSuite } from './archive-suite.js';
import { REFUSALS } from './refusals.js';

archiveSuite({
  archive: 'backend',
  title: "ONNX's backend node tests",
  tolerance: 2e-6,
  refused: REFUSALS,
  coarse: [
    // Inputs and expected numbers stand in the test with four digits: each may be half of the last one off.
    [/^averagepool_2d_ceil_last_window_starts_on_pad/, 1e-4],
    // Expected numbers that were rounded at every step of the way, where here only results are: one unit in the last place of
    // numbers below 1, which is 2⁻¹¹ for float16 and 2⁻⁸ for bfloat16.
    [/^attention_.*(fp16|fp16_.*|mode3_softmax_precision)$/, 5e-4],
    [/^attention_.*bf16$/, 4e-3],
  ],
});
