/** The same models by TensorFlow.js itself: tfjs.json.gz, written by run-tfjs.js. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { CASES, feedsOf, type KerasCase, tfjsFiles, unpack } from './cases.js';

type Result = { readonly outputs?: KerasCase['outputs']; readonly refused?: string };

const { version, results }: { version: string; results: Record<string, Result> } = JSON.parse(
  gunzipSync(readFileSync(new URL('tfjs.json.gz', import.meta.url))).toString(),
);

/** TensorFlow.js computes in float32 throughout. */
const TOLERANCE = 2e-6;

/** What TensorFlow.js does otherwise than the Keras its files come from, which is what models.test.ts holds us to. */
const OTHERWISE: Readonly<Record<string, RegExp>> = {
  'knows no zero_output_for_mask, and Bidirectional does without it':
    /-masked-zero|-bidirectional-(masked|backwards), /,
  'takes batch normalisation along other axes than the last': /^BatchNormalization-axis-1/,
  'reads channels_first as channels_last': /-channels_first/,
  'knows neither the slope nor the threshold of a ReLU': /^ReLU-bounded/,
  'leaves masks out of an average': /^GlobalAveragePooling1D-masked/,
  'knows a slope as alpha only': /^LeakyReLU, /,
};

const ran = CASES.filter(({ name }) => results[name]?.outputs);
const alike = ran.filter(({ name }) => !Object.values(OTHERWISE).some((pattern) => pattern.test(name)));

describe.each(BUILDS)(`TensorFlow.js ${version} and Keras models on $name`, ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`Keras models against TensorFlow.js, ${name}`);
  afterAll(() => ledger.print());

  it.each(alike)('agree on $name', async (kerasCase) => {
    const model = await loadKeras(tfjsFiles(kerasCase), { engine });
    const got = Object.values(model.run(feedsOf(kerasCase)));
    (results[kerasCase.name].outputs ?? []).forEach((packed, i) => {
      const error = relativeError(got[i].data as Float32Array, unpack(packed).data);
      ledger.add(kerasCase.name, error);
      expect(error).toBeLessThanOrEqual(TOLERANCE);
    });
    model.dispose();
  });
});

describe('TensorFlow.js', () => {
  it('runs enough of the cases to be a witness', () => {
    expect(alike.length).toBeGreaterThan(75);
  });

  it('refuses the default GRU of Keras', () => {
    expect(results['GRU, Keras 2'].refused).toContain('GRUCell does not support reset_after parameter set to true');
  });
});
