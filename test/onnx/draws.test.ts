/** Operators that draw: what their numbers are like, that a seed repeats them, that no two runs give the same. */
import { describe, expect, it } from 'vitest';
import { type Feeds, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { infoProto, intAttribute, intsAttribute, message, modelProto, nodeProto } from './model-bytes.js';

const engine = createEngine();
const COUNT = 20_000;

const floatAttribute = (name: string, value: number) => {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  const label = message({ 1: name });
  return Uint8Array.from([...label, 0x15, ...bytes, ...message({ 20: 1 })]);
};

async function draws(
  op: string,
  attributes: readonly Uint8Array[],
  x: Float32Array,
  dims: readonly number[],
  opset = 22,
) {
  const inputs = x.length > 0 ? [infoProto('x', dims)] : [];
  const node = nodeProto(op, inputs.length > 0 ? ['x'] : [], ['y'], attributes);
  const model = await loadOnnx(modelProto({ nodes: [node], inputs }, opset), { engine });
  const feeds: Feeds = inputs.length > 0 ? { x: { data: x, dims: [...dims] } } : {};
  const [first, second] = [model.run(feeds).y, model.run(feeds).y].map(({ data }) => Array.from(data, Number));
  model.dispose();
  return { first, second };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
const NONE = new Float32Array(0);
const ZEROS = new Float32Array(COUNT);

describe('operators that draw', () => {
  it.each([
    ['RandomNormal', NONE, [intsAttribute('shape', [COUNT])]],
    ['RandomNormalLike', ZEROS, []],
  ] as const)('%s has the mean and the deviation that it says', async (op, x, more) => {
    const attributes = [floatAttribute('mean', 3), floatAttribute('scale', 2), floatAttribute('seed', 7), ...more];
    const { first, second } = await draws(op, attributes, x, [COUNT]);
    expect(mean(first)).toBeCloseTo(3, 1);
    expect(deviation(first)).toBeCloseTo(2, 1);
    expect(second).not.toEqual(first);
    expect((await draws(op, attributes, x, [COUNT])).first).toEqual(first);
  });

  it.each([
    ['RandomUniform', NONE, [intsAttribute('shape', [COUNT])]],
    ['RandomUniformLike', ZEROS, []],
  ] as const)('%s stays within its bounds', async (op, x, more) => {
    const { first } = await draws(op, [floatAttribute('low', -1), floatAttribute('high', 3), ...more], x, [COUNT]);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...first)).toBeLessThan(3);
    expect(mean(first)).toBeCloseTo(1, 1);
  });

  it('Bernoulli gives ones as often as it is told', async () => {
    const { first } = await draws('Bernoulli', [floatAttribute('seed', 1)], new Float32Array(COUNT).fill(0.3), [COUNT]);
    expect(new Set(first)).toEqual(new Set([0, 1]));
    expect(mean(first)).toBeCloseTo(0.3, 1);
  });

  it('Multinomial gives classes by their log-probabilities', async () => {
    const logits = Float32Array.from([Math.log(1), Math.log(3), Math.log(6), Number.NEGATIVE_INFINITY]);
    const attributes = [intAttribute('sample_size', COUNT), floatAttribute('seed', 5)];
    const { first } = await draws('Multinomial', attributes, logits, [1, 4]);
    const shares = [0, 1, 2, 3].map((c) => first.filter((drawn) => drawn === c).length / COUNT);
    [0.1, 0.3, 0.6, 0].forEach((share, c) => {
      expect(shares[c]).toBeCloseTo(share, 1);
    });
  });
});
