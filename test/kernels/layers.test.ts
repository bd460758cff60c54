import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../bindings/core.js';
import { INT8_BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { dequantized, int8Tolerance } from '../support/int8.js';
import { mulberry32 } from '../support/random.js';
import { referenceForward } from '../support/reference.js';
import { expectSameBits } from './bits.js';
import { draw, type LayerCase, layerCases, layIn, layOut, makeLayer, stateIn, trials } from './draw.js';
import { guard } from './guarded-engine.js';

describe.each(INT8_BUILDS)('layers, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);
  const ledger = new ErrorLedger(`layers of random shape, ${name}`);
  const int8Ledger = new ErrorLedger(`int8 layers of random shape, ${name}`);
  afterAll(() => {
    ledger.print();
    int8Ledger.print();
  });

  function compare(drawn: LayerCase, { dict, input, state }: ReturnType<typeof draw>): void {
    using layer = makeLayer(engine, drawn, dict);
    const { lengths } = drawn;
    const int8 = drawn.weights === 'int8';
    const tolerance = int8 ? int8Tolerance(engine) : 5e-6;
    const got = layer.run(layIn(drawn, input), { state: stateIn(drawn, state), lengths });
    const truth = referenceForward(drawn.kind, drawn.options, dict, input, { state, lengths });
    const { h, c } = got.state as { h: Tensor; c?: Tensor };
    const errors = {
      output: relativeError(layOut(drawn, got.output).data, truth.output),
      h: relativeError(h.data, truth.h),
      c: truth.c ? relativeError((c as Tensor).data, truth.c) : 0,
    };
    const lead = drawn.unbatched ? [truth.dims.h[0]] : truth.dims.h.slice(0, 2);
    expect(h.dims).toEqual([...lead, truth.dims.h[2]]);
    for (const [part, error] of Object.entries(errors)) {
      (int8 ? int8Ledger : ledger).add(`${part} of ${JSON.stringify(drawn)}`, error);
      expect(error, part).toBeLessThanOrEqual(tolerance * (drawn.options.numLayers ?? 1));
    }
    expect(broken()).toEqual([]);
  }

  it('equal the float64 reference, whatever the shape and the options', () => {
    fc.assert(
      fc.property(layerCases(), (drawn) => compare(drawn, draw(drawn))),
      trials(name, 250),
    );
    // The scratch memory that a layer no longer needs must not come back as something else's.
    expect(engine.bytesInUse).toBe(0);
  });

  it('treat NaN and infinities in weights, state and input as the reference does', () => {
    const poison = [Number.NaN, 1 / 0, -1 / 0];
    fc.assert(
      fc.property(layerCases({ size: 19, layers: 2, steps: 4, batch: 3 }), fc.nat(), (drawn, seed) => {
        const numbers = draw({ ...drawn, withState: true });
        const random = mulberry32(seed);
        const arrays = [...Object.values(numbers.dict), numbers.input, ...Object.values(numbers.state ?? {})];
        const { data } = arrays[Math.floor(random() * arrays.length)];
        const several = (drawn.options.numLayers ?? 1) > 1 || drawn.options.nonlinearity === 'relu';
        // Of several infinities in one vector, float32 makes NaN where they meet with different signs, int8 ∞ of the sum's.
        const kinds = drawn.weights === 'int8' && several ? 1 : 3;
        data[Math.floor(random() * data.length)] = poison[Math.floor(random() * kinds)];
        compare(drawn, drawn.weights === 'int8' ? { ...numbers, dict: dequantized(numbers.dict) } : numbers);
      }),
      trials(name, 250),
    );
  });

  it('give the same result after a call full of NaN, longer and wider', () => {
    fc.assert(
      fc.property(layerCases({ size: 33 }), (drawn) => {
        const { dict, input, state } = draw(drawn);
        using layer = makeLayer(engine, drawn, dict);
        const call = () => layer.run(layIn(drawn, input), { state: stateIn(drawn, state), lengths: drawn.lengths });
        const before = call();
        const dims = [drawn.steps + 2, drawn.batch + 3, drawn.options.inputSize];
        layer.run({ data: new Float32Array(dims[0] * dims[1] * dims[2]).fill(Number.NaN), dims });
        const after = call();
        expectSameBits(after.output.data, before.output.data, 'output');
        const [h, again] = [before, after].map((result) => (result.state as { h: Tensor }).h.data);
        expectSameBits(again, h, 'h');
      }),
      trials(name, 80),
    );
  });

  it('leave what is past the end of a ragged sequence unread', () => {
    fc.assert(
      fc.property(layerCases({ size: 17 }), (drawn) => {
        const { dict, input, state } = draw(drawn);
        const lengths = drawn.lengths ?? Array.from({ length: drawn.batch }, (_, b) => 1 + (b % drawn.steps));
        const ragged = { ...drawn, unbatched: false };
        using layer = makeLayer(engine, ragged, dict);
        const run = () => layer.run(layIn(ragged, input), { state, lengths });
        const clean = run();
        const width = drawn.options.inputSize;
        for (let b = 0; b < drawn.batch; b++) {
          for (let t = lengths[b]; t < drawn.steps; t++) {
            input.data.fill(Number.NaN, (t * drawn.batch + b) * width, (t * drawn.batch + b + 1) * width);
          }
        }
        expectSameBits(run().output.data, clean.output.data, 'output');
      }),
      trials(name, 80),
    );
  });
});
