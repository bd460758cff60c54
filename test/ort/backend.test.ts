/** hiddenstate as a backend of onnxruntime-web, on every build, and what the interface refuses. */
import * as ort from 'onnxruntime-web';
import { afterAll, describe, expect, test } from 'vitest';
import { createBackend, InferenceSession, Tensor } from '../../bindings/formats/ort/index.js';
import { readArchive } from '../onnx/archive.js';
import { tensorError } from '../onnx/compare-tensors.js';
import { ortTensor } from '../onnx/onnxruntime.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';

const CASES = readArchive('torch').filter(({ name }) =>
  ['characters', 'listener', 'decoder-step', 'gru-l1-dynamic-opset11'].includes(name),
);
const CHARACTERS = CASES.find(({ name }) => name === 'characters')!;
const FEEDS = Object.fromEntries(CHARACTERS.runs[0].inputs.map((each) => [each.name, ortTensor(each)]));

describe.each(BUILDS)("as onnxruntime-web's backend, $name", ({ name: build, create }) => {
  const engine = create();
  const provider = `hiddenstate-${build}`;
  ort.registerBackend(provider, createBackend({ engine }), -1);
  const ledger = new ErrorLedger(`onnxruntime-web's backend, ${build}`);
  afterAll(() => ledger.print());

  test.each(CASES)('runs $name', async ({ name, model, runs }) => {
    const before = engine.bytesInUse;
    const session = await ort.InferenceSession.create(model, { executionProviders: [provider] });
    for (const { inputs, outputs } of runs) {
      const results = await session.run(Object.fromEntries(inputs.map((each) => [each.name, ortTensor(each)])));
      for (const expected of outputs) {
        const got = results[expected.name];
        expect(got).toBeInstanceOf(ort.Tensor);
        const error = tensorError(got as Parameters<typeof tensorError>[0], expected);
        ledger.add(name, error);
        expect(error).toBeLessThan(5e-6);
      }
    }
    await session.release();
    expect(engine.bytesInUse).toBe(before);
    await expect(session.run(FEEDS)).rejects.toThrow();
  });
});

describe('InferenceSession', () => {
  test('keeps its bytes to itself: what the caller does with them later is no matter', async () => {
    const bytes = CHARACTERS.model.slice();
    const session = await InferenceSession.create(bytes);
    bytes.fill(0);
    const { logits } = await session.run(FEEDS);
    expect(logits.dims).toEqual(CHARACTERS.runs[0].outputs[0].dims);
    await session.release();
  });

  test('writes a result into a tensor that the caller brought', async () => {
    const session = await InferenceSession.create(CHARACTERS.model);
    const [logits] = CHARACTERS.runs[0].outputs;
    const target = new Tensor('float32', new Float32Array(logits.data.length), logits.dims);
    const results = await session.run(FEEDS, { logits: target });
    expect(results.logits).toBe(target);
    expect(tensorError(target as Parameters<typeof tensorError>[0], logits)).toBeLessThan(5e-6);
    const small = new Tensor('float32', new Float32Array(2), [2]);
    await expect(session.run(FEEDS, { logits: small })).rejects.toThrow(
      'InferenceSession.run: fetch "logits": got float32 [2], expected float32 [1, 1, 11]',
    );
    await session.release();
  });

  test.each([
    [{ executionProviders: ['webgpu', { name: 'wasm' }] }],
    [{ intraOpNumThreads: 4, interOpNumThreads: 1, executionMode: 'parallel' as const }],
    [{ graphOptimizationLevel: 'disabled' as const, enableCpuMemArena: false, enableMemPattern: true }],
    [{ logId: 'x', logSeverityLevel: 0 as const, logVerbosityLevel: 1, extra: { session: { x: '1' } } }],
    [{ preferredOutputLocation: 'cpu' as const, enableProfiling: false, externalData: [] }],
    [{ preferredOutputLocation: 'gpu-buffer' as const }],
    [{ preferredOutputLocation: { logits: 'gpu-buffer' as const } }],
    [{ freeDimensionOverrides: { batch: 1 } }],
  ])('takes %j, which changes no result', async (options) => {
    const session = await InferenceSession.create(CHARACTERS.model, options);
    const { logits } = await session.run(FEEDS, { logSeverityLevel: 4, tag: 'x', terminate: false });
    expect(tensorError(logits as Parameters<typeof tensorError>[0], CHARACTERS.runs[0].outputs[0])).toBeLessThan(5e-6);
    await session.release();
  });

  test.each([
    [{ optimizedModelFilePath: 'out.onnx' }, 'option optimizedModelFilePath: got "out.onnx", expected none'],
    [{ enableProfiling: true }, 'option enableProfiling: got true, expected false'],
    [{ preferredOutputLocation: 'disk' as never }, 'option preferredOutputLocation: got "disk", expected'],
    [{ preferredOutputLocation: { h: 'disk' as never } }, 'option preferredOutputLocation: got Object, expected'],
  ])('refuses %j, which it cannot honour', async (options, message) => {
    await expect(InferenceSession.create(CHARACTERS.model, options)).rejects.toThrow(
      `InferenceSession.create: ${message}`,
    );
  });

  test('refuses to be stopped, to profile, and files that are not there', async () => {
    const session = await InferenceSession.create(CHARACTERS.model);
    await expect(session.run(FEEDS, { terminate: true })).rejects.toThrow('option terminate: got true, expected false');
    expect(() => session.startProfiling()).toThrow('there is no profiler');
    await session.release();
    await expect(InferenceSession.create('/nowhere/model.onnx')).rejects.toThrow(
      'InferenceSession.create: got "/nowhere/model.onnx" that cannot be read (ENOENT',
    );
    await expect(InferenceSession.create('file:///nowhere/model.onnx')).rejects.toThrow('that cannot be read (ENOENT');
  });
});
