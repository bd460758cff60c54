/** Small files that once failed, each with its right values, where the folder that holds them lies beside the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { BUILDS } from '../support/builds.js';
import { relativeError } from '../support/compare.js';

interface SharedCase {
  readonly name: string;
  readonly file: string;
  readonly feeds: readonly { readonly data: number[]; readonly dims: number[] }[];
  readonly want: readonly { readonly data: number[]; readonly dims: number[] }[];
}

const folder = ['../../../shared/cases/keras/', '../../../../shared/cases/keras/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(new URL('cases.json', url)));

if (!folder) {
  console.log('shared Keras cases: left out, for there is no ../shared/cases/keras');
  it('shared Keras cases are not here', () => {});
} else {
  const cases: SharedCase[] = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8'));
  describe.each(BUILDS)('shared Keras cases on $name', ({ create }) => {
    const engine = create();
    it.each(cases)('$name', async ({ file, feeds, want }) => {
      const model = await loadKeras(new Uint8Array(readFileSync(new URL(file, folder))), { engine });
      const given = model.inputs.map(({ name }, i) => [
        name,
        { data: Float32Array.from(feeds[i].data), dims: feeds[i].dims },
      ]);
      const got = Object.values(model.run(Object.fromEntries(given)));
      // One was made without a Keras at hand that could say what is right: it must run.
      if (want.length > 0) expect(got.length).toBe(want.length);
      else expect((got[0].data as Float32Array).every(Number.isFinite)).toBe(true);
      want.forEach(({ data, dims }, i) => {
        expect(got[i].dims).toEqual(dims);
        expect(relativeError(got[i].data as Float32Array, Float32Array.from(data))).toBeLessThanOrEqual(1e-6);
      });
      model.dispose();
    });
  });
}
