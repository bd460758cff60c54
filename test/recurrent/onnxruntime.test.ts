/**
 * The second oracle: what onnxruntime-web makes of the same nodes. It refuses `layout` 1, takes 0 for constants that are
 * left out where the specification says "the same as of corresponding ONNX operators" (1 for ThresholdedRelu) or leaves
 * them open (Affine, ScaledTanh), and forgets the initial state of a sequence of length 0; the rest must agree.
 */
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { afterAll, describe, expect, it } from 'vitest';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { CASES, type OperatorCase, tensorOfCase } from './cases.js';

/** onnxruntime's tanh and sigmoid are rational approximations in float32. */
const TOLERANCE = 2e-6;

const OWN_DEFAULTS = /-(Affine|ThresholdedRelu|ScaledTanh)-defaults$/;
const NO_LENGTH = /-no-length$/;

async function runByOnnxruntime(operatorCase: OperatorCase): Promise<InferenceSession.OnnxValueMapType> {
  const { model, slots } = operatorCase;
  const session = await InferenceSession.create(Buffer.from(model, 'base64'), { logSeverityLevel: 4 });
  try {
    const feeds = slots
      .filter((slot) => slot !== '')
      .map((name) => {
        const { data, dims } = tensorOfCase(operatorCase, name);
        const lengths = name === 'sequence_lens' || name === 'seq_lens';
        return [name, lengths ? new Tensor('int32', Int32Array.from(data), dims) : new Tensor('float32', data, dims)];
      });
    return await session.run(Object.fromEntries(feeds));
  } finally {
    await session.release();
  }
}

describe('onnxruntime-web on the recurrent cases', () => {
  const ledger = new ErrorLedger('recurrent cases, onnxruntime-web against the specification');
  afterAll(() => ledger.print());

  it.each(CASES.filter(({ name, attributes }) => attributes.layout !== 1 && !OWN_DEFAULTS.test(name)))(
    'agrees on $name',
    async (operatorCase) => {
      const got = await runByOnnxruntime(operatorCase);
      const { name, results } = operatorCase;
      for (const result of results.filter((each) => each !== '' && (each === 'Y' || !NO_LENGTH.test(name)))) {
        const expected = tensorOfCase(operatorCase, result);
        const error = relativeError(got[result].data as Float32Array, expected.data);
        ledger.add(name, error);
        expect(error, result).toBeLessThanOrEqual(TOLERANCE);
      }
    },
  );

  it.each(CASES.filter(({ attributes }) => attributes.layout === 1))(
    'refuses the layout of $name',
    async (operatorCase) => {
      await expect(runByOnnxruntime(operatorCase)).rejects.toThrow();
    },
  );
});
