import { afterAll, describe, expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { ErrorLedger } from '../support/compare.js';
import { claimedCases, type Suite } from './archive-suite.js';
import { tensorError } from './compare-tensors.js';
import { ortSession, ortTensor } from './onnxruntime.js';
import { feedsOf } from './run-case.js';

/** Runs every case of an archive here and in onnxruntime-web, and compares the two. */
export function besideOnnxruntime({ archive, title, tolerance }: Pick<Suite, 'archive' | 'title' | 'tolerance'>): void {
  const both = `${title} beside onnxruntime-web`;
  describe(both, () => {
    const engine = createEngine();
    const ledger = new ErrorLedger(both);
    afterAll(() => ledger.print());

    test.each(claimedCases(archive))('$name', async ({ name, model: bytes, runs }) => {
      const session = await ortSession(bytes);
      const model = await loadOnnx(bytes, { engine });
      for (const run of runs) {
        const theirs = await session.run(Object.fromEntries(run.inputs.map((each) => [each.name, ortTensor(each)])));
        const ours = model.run(feedsOf(run));
        for (const expected of run.outputs) {
          const { data, dims } = theirs[expected.name];
          const wanted = { ...expected, data: data as Float32Array<ArrayBuffer>, dims };
          const error = tensorError(ours[expected.name], wanted);
          ledger.add(name, error);
          expect(error, expected.name).toBeLessThan(tolerance);
        }
      }
      model.dispose();
      await session.release();
    });
  });
}
