/** Cross-entropy and its kernel against PyTorch's values and autograd, for rows of every width, on each build. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../bindings/tensor.js';
import { crossEntropy } from '../../bindings/train/losses/cross-entropy.js';
import { BUILDS } from '../support/builds.js';
import { relativeError } from '../support/compare.js';

const ROWS = 3;

interface Case {
  readonly width: number;
  readonly spread: number;
  readonly options: { labelSmoothing: number; classWeights?: number[] };
  readonly target: number[];
  readonly value: number;
  readonly gradient: number[];
}

const cases = JSON.parse(readFileSync(new URL('golden/cross-entropy.json', import.meta.url), 'utf8')) as Case[];

function logitsOf({ width, spread }: Case): Tensor {
  const data = Float32Array.from({ length: ROWS * width }, (_, i) => spread * Math.sin(0.7311 * i + width));
  return { data, dims: [ROWS, width] };
}

describe.each(BUILDS)('cross-entropy on the $name build', ({ create }) => {
  const engine = create();

  it('is PyTorch’s for every width, smoothing, class weights and ignored rows', () => {
    for (const each of cases) {
      const target = { data: Float32Array.from(each.target), dims: [ROWS] };
      const { value, gradient } = crossEntropy(each.options)(logitsOf(each), target, { engine });
      const what = JSON.stringify({ width: each.width, target: each.target, ...each.options });
      expect(Math.abs(value - each.value) / Math.max(1, Math.abs(each.value)), what).toBeLessThan(1e-6);
      expect(relativeError(gradient.data, each.gradient), what).toBeLessThan(1e-6);
    }
  });

  it('goes block by block: many rows give what each gives alone, and take no memory', () => {
    const [rows, width] = [100, 515];
    const data = Float32Array.from({ length: rows * width }, (_, i) => 4 * Math.sin(i * i));
    const target = Float32Array.from({ length: rows }, (_, r) => (r * 31) % width);
    const before = engine.bytesInUse;
    const whole = crossEntropy({ reduction: 'none' })(
      { data, dims: [rows, width] },
      { data: target, dims: [rows] },
      { engine },
    );
    expect(engine.bytesInUse).toBe(before);
    for (let r = 0; r < rows; r++) {
      const row = { data: data.slice(r * width, (r + 1) * width), dims: [1, width] };
      const alone = crossEntropy()(row, { data: target.slice(r, r + 1), dims: [1] }, { engine });
      expect(Math.abs((whole.losses as Tensor).data[r] / alone.value - 1)).toBeLessThan(1e-6);
      expect(whole.gradient.data.slice(r * width, (r + 1) * width)).toEqual(alone.gradient.data);
    }
  });

  it('reads no row that does not count, and does not hide NaN in one that does', () => {
    const output = { data: Float32Array.of(Number.NaN, 1, 2, Number.NaN, 0, 0), dims: [3, 2] };
    const loss = crossEntropy();
    const skipped = loss(output, { data: Float32Array.of(-100, -100, 0), dims: [3] }, { engine });
    expect(skipped.value).toBeCloseTo(Math.LN2, 6);
    expect([...skipped.gradient.data]).toEqual([0, 0, 0, 0, -0.5, 0.5]);
    expect(loss(output, { data: Float32Array.of(-100, 0, 0), dims: [3] }, { engine }).value).toBeNaN();
    expect(loss(output, { data: Float32Array.of(1, -100, 0), dims: [3] }, { engine }).value).toBeNaN();
  });

  it('takes logits of any size: one that is far above makes the others count nothing', () => {
    const output = { data: Float32Array.of(3e38, -3e38, 0, Number.NEGATIVE_INFINITY), dims: [1, 4] };
    const { value, gradient } = crossEntropy()(output, { data: Float32Array.of(0), dims: [1] }, { engine });
    expect([value, ...gradient.data]).toEqual([0, 0, 0, 0, 0]);
  });
});
