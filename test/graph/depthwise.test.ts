import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Dtype } from '../../bindings/graph/index.js';
import { trials } from '../kernels/draw.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32 } from '../support/random.js';
import { graphOf, info, modelOf, node } from './graph-of.js';

const convolutions = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 2, max: 4 }),
  each: fc.integer({ min: 1, max: 2 }),
  extent: fc.integer({ min: 1, max: 19 }),
  kernel: fc.integer({ min: 1, max: 12 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  pads: fc.tuple(fc.nat(9), fc.nat(9)),
  seed: fc.integer(),
});

const CASES = BUILDS.flatMap(({ name, create }) => [
  {
    name,
    create,
    dtype: 'float32' as Dtype,
    draw: (size: number, next: () => number) => Float32Array.from({ length: size }, next),
    precision: 2 ** -22,
  },
  {
    name,
    create,
    dtype: 'float64' as Dtype,
    draw: (size: number, next: () => number) => Float64Array.from({ length: size }, next),
    precision: 2 ** -50,
  },
]);

it.each(CASES)(
  'a group for each channel, $dtype, $name, equals the definition',
  ({ name, create, dtype, draw, precision }) => {
    const engine = create();
    fc.assert(
      fc.property(convolutions, ({ batch, channels, each, extent, kernel, stride, dilation, pads, seed }) => {
        const count = Math.floor((extent + pads[0] + pads[1] - (kernel - 1) * dilation - 1) / stride) + 1;
        fc.pre(count > 0);
        const filters = channels * each;
        const random = mulberry32(seed);
        const [x, w, b] = [batch * channels * extent, filters * kernel, filters].map((size) =>
          draw(size, () => random() - 0.5),
        );
        const attributes = { group: channels, strides: [stride], dilations: [dilation], pads: [...pads] };
        const inputs = [
          info('x', [batch, channels, extent], dtype),
          info('w', [filters, 1, kernel], dtype),
          info('b', [filters], dtype),
        ];
        const graph = graphOf(inputs, ['y'], [node('Conv', ['x', 'w', 'b'], ['y'], attributes)]);
        const model = modelOf(engine, graph);
        const { y } = model.run({
          x: { data: x, dims: [batch, channels, extent] },
          w: { data: w, dims: [filters, 1, kernel] },
          b: { data: b, dims: [filters] },
        });
        model.dispose();
        expect(y.dims).toEqual([batch, filters, count]);
        for (let i = 0; i < y.data.length; i++) {
          const [n, m, place] = [Math.floor(i / count / filters), Math.floor(i / count) % filters, i % count];
          let sum = b[m];
          for (let k = 0; k < kernel; k++) {
            const l = place * stride + k * dilation - pads[0];
            if (l >= 0 && l < extent) sum += w[m * kernel + k] * x[(n * channels + Math.floor(m / each)) * extent + l];
          }
          expect(Math.abs(Number(y.data[i]) - sum)).toBeLessThanOrEqual(kernel * precision);
        }
      }),
      trials(name, 150),
    );
  },
);
