/** Blocks of steps: the bits of as many steps on every build, whatever lies in the workspace, writing nowhere else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INT8_BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { expectSameBits } from './bits.js';
import { draw, layerCases, makeLayer, trials } from './draw.js';
import { guard } from './guarded-engine.js';

describe.each(INT8_BUILDS)('stream.steps, $name', ({ name: build, create }) => {
  const engine = create();
  const { broken } = guard(engine);

  it('has the bits of as many steps', () => {
    fc.assert(
      fc.property(
        layerCases({ streamable: true, size: 33, batch: 4 }),
        fc.integer({ min: 1, max: 40 }),
        (drawn, steps) => {
          using layer = makeLayer(engine, drawn, draw(drawn).dict);
          const { batch } = drawn;
          const random = mulberry32(drawn.seed);
          // What other calls leave in the workspace must not be seen.
          const noise = { data: new Float32Array(50 * layer.inputSize).fill(Number.NaN), dims: [50, layer.inputSize] };
          layer.run(noise);
          using whole = layer.stream({ batch });
          using single = layer.stream({ batch });
          for (let block = 0; block < 2; block++) {
            const size = batch * layer.inputSize;
            const x = randomArray(steps * size, random, 2);
            const out = whole.steps(x, new Float32Array(steps * batch * whole.outputSize));
            const expected = Array.from({ length: steps }, (_, t) => [
              ...single.step(x.slice(t * size, (t + 1) * size)),
            ]);
            expectSameBits(out, Float32Array.from(expected.flat()), `block ${block}`);
            expectSameBits(whole.state.h.data, single.state.h.data, 'h');
          }
          expect(broken()).toEqual([]);
        },
      ),
      trials(build, 100),
    );
  });

  it('has the bits of as many steps of each sequence alone, where only some lanes advance', () => {
    fc.assert(
      fc.property(
        layerCases({ streamable: true, size: 33, batch: 7 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (drawn, steps, seed) => {
          using layer = makeLayer(engine, drawn, draw(drawn).dict);
          const { batch } = drawn;
          const random = mulberry32(seed);
          using whole = layer.stream({ batch });
          const alone = Array.from({ length: batch }, () => layer.stream());
          for (let call = 0; call < 3; call++) {
            const lanes = Array.from({ length: batch }, (_, lane) => lane)
              .filter(() => random() < 0.6)
              .reverse();
            const { inputSize, outputSize } = whole;
            const x = randomArray(steps * lanes.length * inputSize, random, 2);
            const out =
              lanes.length === 0
                ? new Float32Array(0)
                : whole.steps(x, new Float32Array(steps * lanes.length * outputSize), {
                    lanes: call % 2 ? lanes : Int32Array.from(lanes),
                  });
            const row = (t: number, i: number) => t * lanes.length + i;
            for (let t = 0; t < steps; t++) {
              lanes.forEach((lane, i) => {
                const y = alone[lane].step(x.slice(row(t, i) * inputSize, (row(t, i) + 1) * inputSize));
                expectSameBits(
                  out.slice(row(t, i) * outputSize, (row(t, i) + 1) * outputSize),
                  y,
                  `step ${t} of ${lane}`,
                );
              });
            }
            alone.forEach((stream, lane) => {
              expectSameBits(whole.stateOf(lane).h.data, stream.state.h.data, `h of ${lane}`);
            });
          }
          for (const stream of alone) stream.dispose();
          expect(broken()).toEqual([]);
        },
      ),
      trials(build, 60),
    );
  });

  it('goes on where there are more steps than a block takes', () => {
    using layer = makeLayer(engine, { ...LONG, seed: 1 }, draw({ ...LONG, seed: 1 }).dict);
    using whole = layer.stream();
    using single = layer.stream();
    const steps = 300;
    const x = randomArray(steps * 2, mulberry32(7), 2);
    const out = whole.steps(x);
    for (let t = 0; t < steps; t++) {
      expectSameBits(out.subarray(t * 32, (t + 1) * 32), single.step(x.slice(t * 2, t * 2 + 2)), `step ${t}`);
    }
  });
});

const LONG = {
  kind: 'LSTM',
  options: { inputSize: 2, hiddenSize: 32, numLayers: 1, bias: true, bidirectional: false },
  weights: 'float32',
  steps: 1,
  batch: 1,
  batchFirst: false,
  unbatched: false,
  withState: false,
} as const;
