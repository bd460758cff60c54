/** How long `describeOnnx` tries the sizes of a model whose every size takes long and fails. */
import { afterEach, expect, test, vi } from 'vitest';
import { describeOnnx } from '../../bindings/formats/onnx/index.js';
import { infoProto, intsProto, modelProto, nodeProto, tensorProto } from './model-bytes.js';

/** Pads a constant to 40 MB, which fits no rows of three. */
const bytes = modelProto({
  nodes: [nodeProto('Pad', ['c', 'pads'], ['long']), nodeProto('Add', ['x', 'long'], ['y'])],
  inputs: [infoProto('x', ['n', 3])],
  tensors: [tensorProto('c', [1], new Float32Array(1)), intsProto('pads', [2], [0, 10_000_000])],
});

afterEach(() => void vi.restoreAllMocks());

test('all sizes are tried where each fails at once', () => {
  const [problem] = describeOnnx(bytes).problems;
  expect(problem).toMatch(/^a run on zeros: Add "the Add": .*3\] and \[10000001\]/);
  expect(problem).not.toMatch(/were not tried/);
});

test('one budget is there for all of them', () => {
  let clock = 0;
  const now = vi.spyOn(Date, 'now').mockImplementation(() => {
    clock += 400;
    return clock;
  });
  const { problems, ran } = describeOnnx(bytes);
  expect(ran).toEqual([]);
  expect(problems[0]).toMatch(/^a run on zeros: Add .*other sizes, which `dims` may name, were not tried/);
  expect(now.mock.calls.length).toBeLessThan(6);
});
