/**
 * ONNX's own backend tests of 2026, image and loss operators included: none wrong, and of those that onnxruntime runs right nine in ten
 * are right here. Run where their archive is, which the repository does not have.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { type NodeTensor, type NodeTest, readNodeTests } from './node-tests.js';

const PLACES = ['../../..', '../../../..'].map((up) =>
  join(import.meta.dirname, up, 'shared/cases/onnx-backend.tar.gz'),
);
const ARCHIVE = process.env.ONNX_BACKEND ?? PLACES.find((path) => existsSync(path));

/** Names of the tests that onnxruntime runs right, by generator/onnxruntime_right.py. */
const RIGHT: ReadonlySet<string> = new Set(
  JSON.parse(readFileSync(new URL('vectors/onnxruntime-right.json', import.meta.url), 'utf8')),
);

/** Relative, what ONNX's own runner allows; absolute, the rounding of a sum of numbers near 1. */
const [RELATIVE, ABSOLUTE] = [1e-3, 1e-6];

/** Draws, which differ everywhere. */
const RANDOM = /bernoulli|random|dropout(?!.*(zero_ratio|default|_old))/;

const HALF = { 10: half, 16: brain } as Readonly<Record<number, (bits: number) => number>>;

function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, (bits & 1023) / 1024];
  const size =
    exponent === 31
      ? fraction
        ? Number.NaN
        : Infinity
      : exponent
        ? (1 + fraction) * 2 ** (exponent - 15)
        : fraction * 2 ** -14;
  return bits >> 15 ? -size : size;
}

function brain(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0];
}

function isNear(got: number, expected: number, type: number): boolean {
  if (got === expected || (Number.isNaN(got) && Number.isNaN(expected))) return true;
  // Expected numbers of half precision were rounded at every step of the way.
  const relative = type === 10 ? 2 ** -9 : type === 16 ? 2 ** -6 : RELATIVE;
  return (
    Math.abs(got - expected) <=
    Math.max(relative * Math.abs(expected), type === 10 || type === 16 ? relative : ABSOLUTE)
  );
}

/** What is wrong with a result; nothing if it is right. */
function fault(got: { dims: readonly number[]; data: ArrayLike<unknown> }, { dims, data, type }: NodeTensor): string {
  if (got.dims.join() !== dims.join()) return `dims [${got.dims}], expected [${dims}]`;
  const number = HALF[type] ?? Number;
  for (let i = 0; i < data.length; i++) {
    const [a, b] = [number(got.data[i] as number), number(data[i] as number)];
    if (!isNear(a, b, type)) return `${a} at ${i}, expected ${b}`;
  }
  return '';
}

/** `right`, `refused` with the reason, or what is wrong. */
async function outcome({ model, runs }: NodeTest): Promise<string> {
  const engine = createEngine();
  try {
    const loaded = await loadOnnx(new Uint8Array(model), { engine });
    for (const { inputs, outputs } of runs) {
      const feeds = Object.fromEntries(loaded.inputs.map(({ name }, i) => [name, inputs[i]]));
      if (Object.values(feeds).includes(undefined)) return 'refused: no such tensors';
      const results = loaded.run(feeds as Parameters<typeof loaded.run>[0]);
      for (const [i, { name }] of loaded.outputs.entries()) {
        const expected = outputs[i];
        const wrong = expected ? fault(results[name], expected) : '';
        if (wrong) return `${name}: ${wrong}`;
      }
    }
    loaded.dispose();
    return 'right';
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return code ? `refused: ${message}` : `foreign error: ${message}`;
  }
}

test("ONNX's backend tests", { timeout: 120_000 }, async () => {
  if (!ARCHIVE) {
    console.log(
      "left out: ONNX's backend tests, for there is no ../shared/cases/onnx-backend.tar.gz (ONNX_BACKEND names another)",
    );
    return;
  }
  const tests = readNodeTests(ARCHIVE);
  expect(tests.length).toBeGreaterThan(900);
  const wrong: string[] = [];
  const missed: string[] = [];
  let right = 0;
  for (const each of tests) {
    const found = await outcome(each);
    if (found === 'right') right++;
    else if (!found.startsWith('refused') && !RANDOM.test(each.name)) wrong.push(`${each.name}: ${found}`);
    if (found !== 'right' && RIGHT.has(each.name)) missed.push(each.name);
  }
  const known = tests.filter(({ name }) => RIGHT.has(name)).length;
  console.log(
    `ONNX's backend tests: ${right} of ${tests.length} right, ${wrong.length} wrong; ` +
      `${known - missed.length} of ${known} that onnxruntime runs right`,
  );
  expect(wrong).toEqual([]);
  expect((known - missed.length) / known).toBeGreaterThan(0.9);
});
