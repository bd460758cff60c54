/** Models that Keras itself wrote and ran, of three versions of Keras 3 and of tf-keras: generator/by_keras.py. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { bytesOf } from './cases.js';

interface Packed {
  readonly dims: number[];
  readonly data: string;
  readonly type: 'float32' | 'int32';
}

/** What tensorflowjs wrote: the text of model.json, and its shards. */
interface TfjsPacked {
  readonly model: string;
  readonly shards: Readonly<Record<string, string>>;
}

interface WrittenCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string | TfjsPacked>>;
  readonly feeds: readonly Packed[];
  readonly outputs: readonly Packed[];
}

/** Keras computes in float32 as well, in another order. */
const TOLERANCE = 3e-6;

/** Rounding inputs to 8 bits turns the last digit of a float into a step now and then. */
const QUANTISED_TOLERANCE = 2e-3;

const FILES = ['keras-3.0', 'keras-3.6', 'keras-3.15', 'tf-keras'];

function numbersOf({ data, type }: Packed): Float32Array | Int32Array {
  const { buffer } = bytesOf(data);
  return type === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
}

function sourceOf(file: string | TfjsPacked) {
  if (typeof file === 'string') return bytesOf(file);
  const shards = Object.entries(file.shards).map(([path, shard]) => [path, bytesOf(shard)] as const);
  return { model: file.model, shards: Object.fromEntries(shards) };
}

describe.each(FILES)('%s', (file) => {
  const { version, cases }: { version: string; cases: WrittenCase[] } = JSON.parse(
    gunzipSync(readFileSync(new URL(`${file}.json.gz`, import.meta.url))).toString(),
  );
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
