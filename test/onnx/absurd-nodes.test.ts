/** Nodes of the new operators that ask for the absurd: an error of ours each, at once, nothing left behind. */
import { describe, expect, it } from 'vitest';
import { type Feeds, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import {
  infoProto,
  intAttribute,
  intsProto,
  modelProto,
  nodeProto,
  tensorProto,
  textAttribute,
} from './model-bytes.js';

const engine = createEngine();

const scalar = (name: string, value: number) => tensorProto(name, [], Float32Array.of(value));

/** Runs one node whose inputs are the feeds, then the tensors. */
async function refusal(
  op: string,
  feeds: Feeds,
  tensors: Readonly<Record<string, Uint8Array>>,
  attributes: readonly Uint8Array[] = [],
  opset = 21,
): Promise<string> {
  const before = engine.bytesInUse;
  const begin = performance.now();
  const inputs = Object.entries(feeds).map(([name, { dims }]) => infoProto(name, [...dims]));
  const node = nodeProto(op, [...Object.keys(feeds), ...Object.keys(tensors)], ['y'], attributes);
  const bytes = modelProto({ nodes: [node], inputs, tensors: Object.values(tensors) }, opset);
  const error = await loadOnnx(bytes, { engine })
    .then((model) => {
      try {
        model.run(feeds);
        return undefined;
      } finally {
        model.dispose();
      }
    })
    .catch((reason: unknown) => reason as Error & { code?: string });
  expect(error?.code).toMatch(/^HIDDENSTATE_/);
  expect(performance.now() - begin).toBeLessThan(2000);
  expect(engine.bytesInUse).toBe(before);
  return error?.message ?? '';
}

const zeros = (...dims: number[]) => ({ data: new Float32Array(dims.reduce((a, b) => a * b, 1)), dims });

describe('operators that are asked for the absurd', () => {
  it('Einsum with 2⁴⁰ outputs', async () => {
    const attributes = [textAttribute('equation', 'a,b,c->abc')];
    const feeds = { a: zeros(2 ** 14), b: zeros(2 ** 13), c: zeros(2 ** 13) };
    expect(await refusal('Einsum', feeds, {}, attributes)).toMatch(/^Einsum .*that need \d+ bytes, expected at most/);
  });

  it.each([
    ['letters for other inputs', 'ij,jk->ik', /equation: got .*, expected letters for the axes of 1 inputs/],
    ['an axis that no input has', 'ij->ik', /got output axis "k", expected one of an input/],
    ['an axis twice in the output', 'ij->ii', /got output axis "i", expected one of an input, each once/],
    ['another rank', 'ijk->i', /got dims \[2, 3\], expected axes "ijk"/],
    ['two extents of one axis', 'ii->i', /axis "i": got extents 2 and 3, expected one/],
    ['no equation', 'i-j', /equation: got "i-j"/],
  ])('Einsum: %s', async (_, equation, expected) => {
    expect(await refusal('Einsum', { x: zeros(2, 3) }, {}, [textAttribute('equation', equation)])).toMatch(expected);
  });

  it.each([0, Number.NaN, Number.POSITIVE_INFINITY, -1])('QuantizeLinear with scale %d', async (scale) => {
    const message = await refusal('QuantizeLinear', { x: zeros(3) }, { s: scalar('s', scale) });
    expect(message).toMatch(/^QuantizeLinear .*: input 1: got scale .*, expected a number above 0/);
  });

  it.each([
    ['scales of another axis', [4], 0, /got scales \[4\] for dims \[2, 3\], expected one, \[2\] or one for each block/],
    ['an axis that is not there', [2], 7, /got axis 7, expected one from -2 to 1/],
  ] as const)('QuantizeLinear with %s', async (_, dims, axis, expected) => {
    const scale = tensorProto('s', dims, new Float32Array(dims[0]).fill(1));
    expect(await refusal('QuantizeLinear', { x: zeros(2, 3) }, { s: scale }, [intAttribute('axis', axis)])).toMatch(
      expected,
    );
  });

  it.each([
    ['HannWindow', { n: intsProto('n', [], [2 ** 40]) }, /got length 1099511627776, expected one from 1 to/],
    [
      'ScatterND',
      { i: intsProto('i', [1, 3], [0, 0, 0]), u: tensorProto('u', [1], new Float32Array(1)) },
      /expected places/,
    ],
    ['GatherND', { i: intsProto('i', [1, 1], [9]) }, /got index 9, expected one from -2 to 1/],
    ['Trilu', { k: intsProto('k', [2], [0, 0]) }, /expected matrices, and one diagonal/],
    ['MatMulInteger', { b: tensorProto('b', [3, 2], new Float32Array(6)) }, /got float32, expected int8 or uint8/],
    ['CenterCropPad', { s: intsProto('s', [2], [2 ** 20, 2 ** 20]) }, /that need \d+ bytes, expected at most/],
  ])('%s', async (op, tensors: Readonly<Record<string, Uint8Array>>, expected) => {
    const feeds: Feeds = op === 'HannWindow' ? {} : { x: zeros(2, 3) };
    expect(await refusal(op, feeds, tensors)).toMatch(expected);
  });
});
