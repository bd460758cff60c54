/** Convolutions of few places: by Winograd's products, place by place, or sample by sample. All equal the definition in float64. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasWinogradForm } from '../../bindings/graph/operators/winograd-convolution.js';
import { expectSameBits } from '../kernels/bits.js';
import { trials } from '../kernels/draw.js';
import { guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { graphOf, info, modelOf, node } from './graph-of.js';

const convolutions = fc.record({
  batch: fc.integer({ min: 1, max: 9 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 48, max: 53 })),
  filters: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 48, max: 57 })),
  extent: fc.integer({ min: 1, max: 9 }),
  kernel: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(3)),
  stride: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3 })),
  pads: fc.oneof(fc.constant([1, 1] as const), fc.tuple(fc.nat(3), fc.nat(3))),
  hasBias: fc.boolean(),
  seed: fc.integer(),
});

/** Of Winograd's form, which few that are drawn have. */
const EXAMPLE = {
  batch: 5,
  channels: 50,
  filters: 49,
  extent: 6,
  kernel: 3,
  stride: 1,
  pads: [1, 1] as const,
  hasBias: true,
  seed: 1,
};

it.each(BUILDS)('few places, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);
  let transformed = 0;
  fc.assert(
    fc.property(convolutions, ({ batch, channels, filters, extent, kernel, stride, pads, hasBias, seed }) => {
      const count = Math.floor((extent + pads[0] + pads[1] - kernel) / stride) + 1;
      fc.pre(count > 0);
      const random = mulberry32(seed);
      const [x, w, b] = [batch * channels * extent, filters * channels * kernel, filters].map((size) =>
        randomArray(size, random),
      );
      const tensor = (data: Float32Array, dims: readonly number[]) => ({ dtype: 'float32' as const, data, dims });
      const constants = { w: tensor(w, [filters, channels, kernel]), ...(hasBias && { b: tensor(b, [filters]) }) };
      const attributes = { strides: [stride], pads: [...pads] };
      const conv = node('Conv', hasBias ? ['x', 'w', 'b'] : ['x', 'w'], ['y'], attributes);
      const model = modelOf(engine, graphOf([info('x')], ['y'], [conv], constants));
      const run = (data: Float32Array, samples: number) =>
        model.run({ x: { data, dims: [samples, channels, extent] } }).y.data as Float32Array;
      const y = run(x, batch);
      const size = channels * extent;
      // A sample's numbers are the same whatever it comes with.
      const alone = Array.from({ length: batch }, (_, n) => [...run(x.slice(n * size, (n + 1) * size), 1)]);
      expectSameBits(Float32Array.from(alone.flat()), y, 'sample by sample');
      model.dispose();
      const window = { extent, kernel, stride, dilation: 1, before: pads[0], after: pads[1], count };
      const winograd = hasWinogradForm({ batch, channels, filters, groups: 1, windows: [window], dims: [] });
      if (winograd) transformed++;
      for (let i = 0; i < y.length; i++) {
        const [n, m, place] = [Math.floor(i / count / filters), Math.floor(i / count) % filters, i % count];
        let [sum, scale] = [hasBias ? b[m] : 0, 1];
        for (let c = 0; c < channels; c++) {
          for (let k = 0; k < kernel; k++) {
            const at = place * stride + k - pads[0];
            if (at < 0 || at >= extent) continue;
            const product = w[(m * channels + c) * kernel + k] * x[(n * channels + c) * extent + at];
            sum += product;
            scale += Math.abs(product);
          }
        }
        expect(Math.abs(y[i] - sum)).toBeLessThanOrEqual(scale * 2 ** (winograd ? -19 : -21));
      }
    }),
    { ...trials(name, 120), examples: [[EXAMPLE]] },
  );
  expect(transformed).toBeGreaterThan(0);
  expect(broken()).toEqual([]);
});
