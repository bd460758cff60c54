/** Small models that once took a gigabyte, or failed without a word of ours. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
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
