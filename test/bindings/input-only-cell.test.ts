/** The layout of a cell whose gates depend on the input alone, as those of minGRU (Feng et al. 2024): no W_hh, no b_hh. */
import { expect, it } from 'vitest';
import { Cell, type CellKind } from '../../bindings/cells/kind.js';
import { cellParameterDims, layOutCell, quantizedScratch, stepScratch } from '../../bindings/cells/layout.js';
import { CellWeights } from '../../bindings/cells/weights.js';
import { createEngine } from '../../bindings/index.js';

const kind: CellKind = {
  cell: Cell.GRU,
  gates: 2,
  hasCellState: false,
  recurrentGroups: [],
  productApart: false,
  keeps: false,
};
const shape = { kind, inputSize: 3, hiddenSize: 5, projSize: 0, bias: true };

it('has the parameters of the input product alone', () => {
  expect(cellParameterDims(shape, '_l0')).toEqual([
    { name: 'weight_ih_l0', dims: [10, 3] },
    { name: 'bias_ih_l0', dims: [10] },
  ]);
  expect(cellParameterDims({ ...shape, bias: false }, '')).toEqual([{ name: 'weight_ih', dims: [10, 3] }]);
});

it('takes memory for the input matrix and nothing else', () => {
  const layout = layOutCell(shape, 'float32');
  // Two gates of 5 units, each padded to 8 rows, times 3 columns padded to 4 and the bias.
  expect(layout).toMatchObject({ gateRows: 16, recurrent: [], size: 16 * (1 + 4) });
  expect(stepScratch(layout, 3)).toBe(0);
  expect(quantizedScratch(layOutCell(shape, 'int8'), 2, 1)).toBeGreaterThan(0);
});

it('reads back what was written, under the names of its own parameters', () => {
  const engine = createEngine();
  const layout = layOutCell(shape, 'float32');
  const slabs = engine.slabsFor({}, 'test');
  const parameters = new CellWeights(engine, layout, slabs.allocate(layout.size)).parameters('_l0');
  for (const [i, { dims, write, read }] of parameters.entries()) {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, j) => i * 100 + j);
    write(data);
    expect(read()).toEqual(data);
  }
  slabs.release();
});
