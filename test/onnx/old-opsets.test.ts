/** Operators are judged by their own version: what changed between the first opsets and now, one node each. */
import { describe, expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { infoProto, intAttribute, intsAttribute, modelProto, nodeProto, tensorProto } from './model-bytes.js';

const engine = createEngine();
const range = (count: number) => Float32Array.from({ length: count }, (_, i) => i);

/** Runs one node on x of the given dims, counting up from 0, and a constant. */
async function run(
  opset: number,
  op: string,
  x: readonly number[],
  constant?: readonly [dims: readonly number[], data: readonly number[]],
  attributes: readonly Uint8Array[] = [],
) {
  const tensors = constant ? [tensorProto('c', constant[0], Float32Array.from(constant[1]))] : [];
  const node = nodeProto(op, constant ? ['x', 'c'] : ['x'], ['y'], attributes);
  const model = await loadOnnx(modelProto({ nodes: [node], inputs: [infoProto('x', x)], tensors }, opset), { engine });
  try {
    const { data, dims } = model.run({ x: { data: range(x.reduce((a, b) => a * b, 1)), dims: [...x] } }).y;
    return { data: Array.from(data, Number), dims };
  } finally {
    model.dispose();
  }
}

const broadcast = intAttribute('broadcast', 1);

describe('the first opsets', () => {
  it.each([1, 5, 6])('opset %i: Add repeats its second input along the axes that it says', async (opset) => {
    const axis = intAttribute('axis', 1);
    const { data } = await run(opset, 'Add', [1, 2, 3], [[2], [10, 20]], [broadcast, axis]);
    expect(data).toEqual([10, 11, 12, 23, 24, 25]);
  });

  it('opset 6: Mul repeats along the last axes unless told', async () => {
    expect((await run(6, 'Mul', [2, 2], [[2], [1, 10]], [broadcast])).data).toEqual([0, 10, 2, 30]);
  });

  it('opset 6: Sub refuses other dims without broadcast, and a first input to repeat', async () => {
    await expect(run(6, 'Sub', [2, 2], [[2], [1, 10]])).rejects.toThrow(
      /Sub .*: got dims \[2, 2\] and \[2\], expected/,
    );
    await expect(run(6, 'Sub', [1], [[2], [1, 10]], [broadcast])).rejects.toThrow(/expected the same dims/);
  });

  it('opset 6: PRelu has a slope for each channel', async () => {
    const { data } = await run(6, 'PRelu', [1, 2, 2], [[2], [1, 1]]);
    expect(data).toEqual([0, 1, 2, 3]);
  });

  it('opset 1: Reshape and Concat have attributes for what are inputs, or required, today', async () => {
    expect((await run(1, 'Reshape', [2, 3], undefined, [intsAttribute('shape', [3, -1])])).dims).toEqual([3, 2]);
    expect((await run(3, 'Concat', [1, 2], [[1, 1], [7]])).data).toEqual([0, 1, 7]);
  });

  it('Tile and Cast of opset 5 are refused by name', async () => {
    await expect(run(5, 'Tile', [2], [[1], [2]])).rejects.toThrow(/got operator "Tile" \(opset 5\)/);
    await expect(run(5, 'Cast', [2])).rejects.toThrow(/got operator "Cast" \(opset 5\)/);
  });
});

describe('the newest opsets', () => {
  it.each([23, 25, 28])('opset %i: what did not change runs', async (opset) => {
    expect((await run(opset, 'Add', [2], [[2], [1, 2]])).data).toEqual([1, 3]);
  });
});
