/** Small models that once took a gigabyte, or failed without a word of ours. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { allOperators } from '../../bindings/graph/all-operators.js';
import { checkGraph } from '../../bindings/graph/registry.js';
import { createEngine } from '../../bindings/index.js';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`hostile-files/${name}`, import.meta.url)));

it('a chain of Concat that doubles a constant is refused before memory is taken', async () => {
  const engine = createEngine();
  const model = await loadOnnx(fixture('doubling-concat.onnx'), { engine });
  const begin = performance.now();
  const x = { data: new Float32Array(2), dims: [1, 2] };
  expect(() => model.run({ x })).toThrow(/^Onnx model: got shapes that need \d+ bytes, expected at most \d+ for feeds/);
  expect(performance.now() - begin).toBeLessThan(1000);
  expect(engine.memory.buffer.byteLength).toBeLessThan(200e6);
  model.dispose();
  expect(engine.bytesInUse).toBe(0);
});

it('maxBytes is what a run may take', async () => {
  const engine = createEngine();
  const model = await loadOnnx(fixture('doubling-concat.onnx'), { engine, maxBytes: 1000 });
  const x = { data: new Float32Array(2), dims: [1, 2] };
  expect(() => model.run({ x })).toThrow(/got shapes that need \d+ bytes, expected at most 1000/);
  expect(engine.memory.buffer.byteLength).toBeLessThan(1e6);
  model.dispose();
  await expect(loadOnnx(fixture('doubling-concat.onnx'), { engine, maxBytes: 0 })).rejects.toThrow(RangeError);
});

it('an operator has the inputs that ONNX defines, no fewer and no more', async () => {
  const engine = createEngine();
  await expect(loadOnnx(fixture('prelu-one-input.onnx'), { engine })).rejects.toThrow(
    /^loadOnnx: .*PRelu.*: got 1 inputs, expected 2$/,
  );
  const node = (op: string, inputs: string[]) => ({ op, domain: '', name: '', inputs, outputs: ['y'], attributes: {} });
  const check = (op: string, ...inputs: string[]) =>
    checkGraph(
      {
        inputs: ['a', 'b', 'c'].map((name) => ({ name, dtype: 'float32' as const })),
        outputs: [{ name: 'y' }],
        nodes: [node(op, inputs)],
        constants: new Map(),
        opset: 20,
      },
      allOperators(),
      'test',
    );
  check('Add', 'a', 'b');
  check('Clip', 'a', '', 'b');
  check('Relu', 'a', '', '');
  check('Concat', 'a', 'b', 'c');
  expect(() => check('Add', 'a')).toThrow(/got 1 inputs, expected 2$/);
  expect(() => check('Add', 'a', 'b', 'c')).toThrow(/got 3 inputs, expected 2$/);
  expect(() => check('Add', '', 'b')).toThrow(/got no input 0, expected 2$/);
  expect(() => check('Relu', 'a', 'b')).toThrow(/got 2 inputs, expected 1$/);
  expect(() => check('Clip')).toThrow(/got 0 inputs, expected at least 1$/);
});

it('an initializer that is there twice is refused', async () => {
  const initializer = (value: number) => [
    ...field(1, 1),
    ...field(2, 1),
    ...bytes(8, text('w')),
    ...bytes(9, [0, 0, 0, value]),
  ];
  const graph = [...bytes(5, initializer(1)), ...bytes(5, initializer(2)), ...bytes(12, bytes(1, text('w')))];
  const file = Uint8Array.from([...field(1, 8), ...bytes(7, graph), ...bytes(8, field(2, 17))]);
  await expect(loadOnnx(file)).rejects.toThrow(/^loadOnnx: got initializer "w" twice, expected each name once$/);
});

const text = (value: string) => [...new TextEncoder().encode(value)];
const field = (no: number, value: number) => [no << 3, value];
const bytes = (no: number, value: readonly number[]) => [(no << 3) | 2, value.length, ...value];
