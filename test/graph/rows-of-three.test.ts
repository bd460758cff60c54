/** Convolutions along two axes, of Winograd's form and others, equal the definition in float64; so do the greatest of windows. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasWinogradForm } from '../../bindings/graph/operators/winograd-convolution.js';
import { expectSameBits } from '../kernels/bits.js';
import { trials } from '../kernels/draw.js';
import { guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { graphOf, info, modelOf, node } from './graph-of.js';

const axis = fc.record({
  extent: fc.integer({ min: 1, max: 9 }),
  kernel: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(3)),
  before: fc.nat(2),
  after: fc.nat(2),
});
const convolutions = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 48, max: 53 })),
  filters: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 48, max: 57 })),
  row: axis,
  column: axis,
  hasBias: fc.boolean(),
  seed: fc.integer(),
});

const placesOf = ({
  extent,
  kernel,
  before,
  after,
}: {
  extent: number;
  kernel: number;
  before: number;
  after: number;
}) => extent + before + after - kernel + 1;

/** Of Winograd's form, which few that are drawn have. */
const PADDED = { extent: 6, kernel: 3, before: 1, after: 1 };
const EXAMPLES = [
  { row: PADDED, column: PADDED },
  { row: { ...PADDED, kernel: 2, before: 0, after: 2 }, column: { ...PADDED, extent: 13, after: 0 } },
  { row: { ...PADDED, kernel: 1, before: 2 }, column: PADDED },
].map((each, seed) => ({ batch: 2, channels: 50, filters: 49, hasBias: true, seed, ...each }));

it.each(BUILDS)('convolutions along two axes, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);
  let transformed = 0;
  fc.assert(
    fc.property(convolutions, ({ batch, channels, filters, row, column, hasBias, seed }) => {
      const [rows, columns] = [placesOf(row), placesOf(column)];
      fc.pre(rows > 0 && columns > 0);
      const random = mulberry32(seed);
      const size = channels * row.extent * column.extent;
      const taps = row.kernel * column.kernel;
      const [x, w, b] = [batch * size, filters * channels * taps, filters].map((count) => randomArray(count, random));
      const tensor = (data: Float32Array, dims: readonly number[]) => ({ dtype: 'float32' as const, data, dims });
      const constants = {
        w: tensor(w, [filters, channels, row.kernel, column.kernel]),
        ...(hasBias && { b: tensor(b, [filters]) }),
      };
      const pads = [row.before, column.before, row.after, column.after];
      const conv = node('Conv', hasBias ? ['x', 'w', 'b'] : ['x', 'w'], ['y'], { pads });
      const model = modelOf(engine, graphOf([info('x')], ['y'], [conv], constants));
      const run = (data: Float32Array, samples: number) =>
        model.run({ x: { data, dims: [samples, channels, row.extent, column.extent] } }).y.data as Float32Array;
      const y = run(x, batch);
      const alone = Array.from({ length: batch }, (_, n) => [...run(x.slice(n * size, (n + 1) * size), 1)]);
      expectSameBits(Float32Array.from(alone.flat()), y, 'sample by sample');
      model.dispose();
      const windows = [row, column].map((each) => ({ ...each, stride: 1, dilation: 1, count: placesOf(each) }));
      const winograd = hasWinogradForm({ batch, channels, filters, groups: 1, windows, dims: [] });
      if (winograd) transformed++;
      for (let i = 0; i < y.length; i++) {
        const [place, m, n] = [
          i % (rows * columns),
          Math.floor(i / rows / columns) % filters,
          Math.floor(i / rows / columns / filters),
        ];
        const [top, left] = [Math.floor(place / columns) - row.before, (place % columns) - column.before];
        let [sum, scale] = [hasBias ? b[m] : 0, 1];
        for (let c = 0; c < channels; c++) {
          for (let k = 0; k < taps; k++) {
            const [r, q] = [top + Math.floor(k / column.kernel), left + (k % column.kernel)];
            if (r < 0 || r >= row.extent || q < 0 || q >= column.extent) continue;
            const at = ((n * channels + c) * row.extent + r) * column.extent + q;
            const product = w[(m * channels + c) * taps + k] * x[at];
            sum += product;
            scale += Math.abs(product);
          }
        }
        expect(Math.abs(y[i] - sum)).toBeLessThanOrEqual(scale * 2 ** (winograd ? -19 : -21));
      }
    }),
    { ...trials(name, 20), examples: EXAMPLES.map((each): [typeof each] => [each]) },
  );
  expect(transformed).toBeGreaterThanOrEqual(EXAMPLES.length - 1);
  expect(broken()).toEqual([]);
});

const windows = fc.record({
  extent: fc.integer({ min: 1, max: 40 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 2 }),
});

it.each(BUILDS)('the greatest of windows, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);
  const drawn = fc.record({
    axes: fc.array(windows, { minLength: 1, maxLength: 3 }),
    ceils: fc.boolean(),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(drawn, ({ axes, ceils, seed }) => {
      const rooms = axes.map(({ extent, kernel, dilation }) => extent - (kernel - 1) * dilation - 1);
      fc.pre(rooms.every((room) => room >= 0));
      const counts = axes.map(({ extent, stride }, d) => {
        const count = Math.floor(rooms[d] / stride) + 1;
        return ceils && rooms[d] % stride && count * stride < extent ? count + 1 : count;
      });
      const [channels, size] = [6, axes.reduce((product, { extent }) => product * extent, 1)];
      const x = randomArray(channels * size, mulberry32(seed));
      x[0] = Number.NaN;
      const attributes = {
        kernel_shape: axes.map(({ kernel }) => kernel),
        strides: axes.map(({ stride }) => stride),
        dilations: axes.map(({ dilation }) => dilation),
        ceil_mode: ceils ? 1 : 0,
      };
      const model = modelOf(engine, graphOf([info('x')], ['y'], [node('MaxPool', ['x'], ['y'], attributes)]));
      const { y } = model.run({ x: { data: x, dims: [2, 3, ...axes.map(({ extent }) => extent)] } });
      model.dispose();
      expect(y.dims).toEqual([2, 3, ...counts]);
      const greatest = (at: readonly number[], channel: number) => {
        let best = Number.NEGATIVE_INFINITY;
        const visit = (d: number, index: number) => {
          if (d === axes.length) best = Math.max(best, x[channel * size + index]);
          else {
            const { extent, kernel, stride, dilation } = axes[d];
            for (let k = 0; k < kernel; k++) {
              const i = at[d] * stride + k * dilation;
              if (i < extent) visit(d + 1, index * extent + i);
            }
          }
        };
        visit(0, 0);
        return best;
      };
      const places = counts.reduce((a, b) => a * b, 1);
      const expected = Float32Array.from(y.data as Float32Array, (_, i) => {
        let rest = i % places;
        const at: number[] = [];
        for (let d = axes.length - 1; d >= 0; d--) {
          at.unshift(rest % counts[d]);
          rest = Math.floor(rest / counts[d]);
        }
        return greatest(at, Math.floor(i / places));
      });
      expect([...(y.data as Float32Array)]).toEqual([...expected]);
    }),
    trials(name, 80),
  );
  expect(broken()).toEqual([]);
});
