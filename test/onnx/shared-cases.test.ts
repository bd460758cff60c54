/** Models made after public bug reports, with right values: run where their folder is, which the repository does not have. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';

const FOLDER = process.env.ONNX_CASES ?? join(import.meta.dirname, '../../../shared/cases/onnx');

interface StoredTensor {
  readonly type: keyof typeof ARRAYS;
  readonly dims: readonly number[];
  readonly b64: string;
}

interface StoredCase {
  readonly name: string;
  readonly file: string;
  readonly tol: number;
  readonly runs: readonly Readonly<Record<string, StoredTensor>>[];
  readonly want: readonly Readonly<Record<string, StoredTensor>>[];
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
};

function tensorOf({ type, dims, b64 }: StoredTensor) {
  return { type, dims, data: new ARRAYS[type](new Uint8Array(Buffer.from(b64, 'base64')).buffer) };
}

function storedCases(): readonly StoredCase[] {
  const list = join(FOLDER, 'cases.json');
  if (existsSync(list)) return JSON.parse(readFileSync(list, 'utf8'));
  console.log(`left out: the cases of ${FOLDER}, which is not there (ONNX_CASES names another folder)`);
  return [];
}

const CASES = storedCases();

test.each(CASES)('$name', async ({ file, tol, runs, want }) => {
  const engine = createEngine();
  const before = engine.bytesInUse;
  const model = await loadOnnx(join(FOLDER, file), { engine });
  runs.forEach((feeds, r) => {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, stored]) => [name, tensorOf(stored)]));
    const results = model.run(inputs);
    for (const [name, stored] of Object.entries(want[r])) {
      const { type, dims, data } = tensorOf(stored);
      expect([results[name].type, ...results[name].dims]).toEqual([type, ...dims]);
      for (let i = 0; i < data.length; i++) {
        expect(Math.abs(Number(results[name].data[i]) - Number(data[i]))).toBeLessThanOrEqual(tol);
      }
    }
  });
  model.dispose();
  expect(engine.bytesInUse).toBe(before);
});

test('the cases are run where they are', () => {
  expect(CASES.length === 0).toBe(!existsSync(join(FOLDER, 'cases.json')));
});
