/** What `describeOnnx` says of the weights that a run goes through. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeOnnx } from '../../bindings/formats/onnx/index.js';

const package_ = createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json');
const silero = readFileSync(join(dirname(package_), 'dist', 'silero_vad_v6.onnx'));

/** A window with its context, at 16 or 8 kHz: the model has a branch for each. */
function stepsAt(rate: number, samples: number) {
  const feeds = {
    input: { data: new Float32Array(samples), dims: [1, samples] },
    state: { data: new Float32Array(256), dims: [2, 1, 128] },
    sr: { data: BigInt64Array.of(BigInt(rate)), dims: [] },
  };
  return describeOnnx(silero, { feeds });
}

describe('steps with weights', () => {
  it('are those of the branch that was taken, with their shapes', () => {
    const { steps, problems } = stepsAt(16_000, 576);
    expect(problems).toEqual([]);
    // Counted from the weights in the file: 258 · 256, 128 · 129 · 3 + 128 and so on.
    expect(steps.map(({ type, weights, parameters }) => [type, weights, parameters])).toEqual([
      ['Conv', [258, 1, 256], 66_048],
      ['Conv', [128, 129, 3], 49_664],
      ['Conv', [64, 128, 3], 24_640],
      ['Conv', [64, 64, 3], 12_352],
      ['Conv', [128, 64, 3], 24_704],
      ['LSTM', [1, 512, 128], 132_096],
      ['Conv', [1, 128, 1], 129],
    ]);
    expect(steps.map(({ dims }) => dims)).toEqual([
      [1, 258, 4],
      [1, 128, 4],
      [1, 64, 2],
      [1, 64, 1],
      [1, 128, 1],
      [1, 1, 1, 128],
      [1, 1, 1],
    ]);
  });

  it('are others where another branch is taken', () => {
    const { steps } = stepsAt(8000, 288);
    expect(steps[0].weights).toEqual([130, 1, 128]);
    expect(steps).toHaveLength(7);
  });

  it('are none where it does not run, and the reason is named', () => {
    const { steps, ran, problems } = stepsAt(16_000, 3);
    expect([steps, ran]).toEqual([[], []]);
    expect(problems).toEqual([expect.stringMatching(/^a run on the feeds: /)]);
  });
});
