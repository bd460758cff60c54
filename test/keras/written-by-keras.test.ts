/** Models that Keras itself wrote and ran, of three versions of Keras 3 and of tf-keras: generator/by_keras.py. */
import { afterAll, describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { numbersOf, sourceOf, WRITTEN, writtenBy } from './written.js';

/** Keras computes in float32 as well, in another order. */
const TOLERANCE = 3e-6;

/** Rounding inputs to 8 bits turns the last digit of a float into a step now and then. */
const QUANTISED_TOLERANCE = 2e-3;

describe.each(WRITTEN)('%s', (file) => {
  const { version, cases } = writtenBy(file);
  const all = cases.flatMap(({ files, ...rest }) =>
    Object.entries(files).map(([ending, bytes]) => ({ ...rest, bytes, label: `${rest.name}${ending}` })),
  );

  describe.each(BUILDS)(`models of Keras ${version} on $name`, ({ name, create }) => {
    const engine = create();
    const ledger = new ErrorLedger(`models that Keras ${version} wrote, ${name}`);
    afterAll(() => ledger.print());

    it.each(all)('$label', async ({ name: kind, label, bytes, feeds, outputs }) => {
      const before = engine.bytesInUse;
      const model = await loadKeras(sourceOf(bytes), { engine });
      const given = model.inputs.map((input, i) => [input.name, { data: numbersOf(feeds[i]), dims: feeds[i].dims }]);
      const got = Object.values(model.run(Object.fromEntries(given)));
      expect(got.map(({ dims }) => dims)).toEqual(outputs.map(({ dims }) => dims));
      outputs.forEach((packed, i) => {
        const error = relativeError(
          Float32Array.from(got[i].data as Float32Array),
          Float32Array.from(numbersOf(packed)),
        );
        ledger.add(label, error);
        expect(error, `output ${i}`).toBeLessThanOrEqual(kind.startsWith('quantize') ? QUANTISED_TOLERANCE : TOLERANCE);
      });
      model.dispose();
      expect(engine.bytesInUse).toBe(before);
    });
  });
});
