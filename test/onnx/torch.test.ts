/** What PyTorch's exporter writes, on every build against PyTorch, and against onnxruntime-web as a second opinion. */
import { afterAll, describe, expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { ErrorLedger } from '../support/compare.js';
import { archiveSuite, claimedCases } from './archive-suite.js';
import { tensorError } from './compare-tensors.js';
import { ortSession, ortTensor } from './onnxruntime.js';
import { feedsOf } from './run-case.js';

archiveSuite({ archive: 'torch', title: "PyTorch's exports", tolerance: 5e-6 });

describe("PyTorch's exports beside onnxruntime-web", () => {
  const engine = createEngine();
  const ledger = new ErrorLedger("PyTorch's exports beside onnxruntime-web");
  afterAll(() => ledger.print());

  test.each(claimedCases('torch'))('$name', async ({ name, model: bytes, runs }) => {
    const session = await ortSession(bytes);
    const model = await loadOnnx(bytes, { engine });
    for (const run of runs) {
      const theirs = await session.run(Object.fromEntries(run.inputs.map((each) => [each.name, ortTensor(each)])));
      const ours = model.run(feedsOf(run));
      for (const expected of run.outputs) {
        const { data, dims } = theirs[expected.name];
        const error = tensorError(ours[expected.name], { ...expected, data: data as Float32Array<ArrayBuffer>, dims });
        ledger.add(name, error);
        expect(error, expected.name).toBeLessThan(5e-6);
      }
    }
    model.dispose();
    await session.release();
  });
});
