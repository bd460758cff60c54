/** Small models, every layer and option, as Keras and tensorflowjs wrote them, against what their Keras gives: generate.py. */
import { afterAll, describe, expect, it } from 'vitest';
import { type KerasFiles, loadKeras } from '../../bindings/formats/keras/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { bytesOf, CASES, feedsOf, type KerasCase, OF_FIRST_LAYOUT, tfjsFiles, unpack } from './cases.js';

/** Keras computes in float32 as well, in another order: for each layer of a stack 1e-6; the deepest has six. */
const TOLERANCE = 3e-6;

describe.each(BUILDS)('Keras models on $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`Keras models, ${name}`);
  afterAll(() => ledger.print());

  async function check(kerasCase: Pick<KerasCase, 'name' | 'inputs' | 'outputs'>, files: KerasFiles): Promise<void> {
    const before = engine.bytesInUse;
    const model = await loadKeras(files, { engine });
    model.run(feedsOf(kerasCase));
    model.resetStates();
    const got = Object.values(model.run(feedsOf(kerasCase)));
    expect(got.length).toBe(kerasCase.outputs.length);
    kerasCase.outputs.forEach((packed, i) => {
      const expected = unpack(packed);
      expect(got[i].dims).toEqual(expected.dims);
      const error = relativeError(got[i].data as Float32Array, expected.data);
      ledger.add(kerasCase.name, error);
      expect(error, `output ${i} of ${kerasCase.name}`).toBeLessThanOrEqual(TOLERANCE);
    });
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  }

  it.each(CASES)('computes $name', (kerasCase) => check(kerasCase, tfjsFiles(kerasCase)));

  const stored = [...CASES, ...OF_FIRST_LAYOUT].flatMap((kerasCase) =>
    Object.entries(kerasCase.files).map(([format, bytes]) => ({ kerasCase, format, bytes })),
  );
  it.each(stored)('computes $kerasCase.name from $format', ({ kerasCase, bytes }) => check(kerasCase, bytesOf(bytes)));
});
