import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { relativeError } from '../support/compare.js';
import { encodeGolden, type Golden } from './goldens.js';
import { fromBits, runCases } from './pages/run-cases.js';

export type Library = typeof import('../../bindings/index.js');

/** What `runCases` gives. */
export interface Answer {
  readonly simd: 'baseline' | 'relaxed';
  readonly numbers: Record<string, number[]>;
}

/** The built library of `dist/`; imported by address, because a fresh clone has none when the sources are type-checked. */
export async function importBuilt(root: string, entry = 'index'): Promise<Library> {
  return import(/* @vite-ignore */ pathToFileURL(join(root, `dist/${entry}.js`)).href);
}

/** What Node says to the same cases on the engine of fixed bits. */
export function answerOfNode(library: Library, goldens: readonly Golden[]): Answer {
  return runCases(library, library.createEngine({ simd: 'baseline' }), goldens.map(encodeGolden)) as Answer;
}

/** Holds that two realms gave the same tensors, bit for bit except that any NaN equals any other. */
export function expectSameBits(got: Answer['numbers'], expected: Answer['numbers']): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  const different = Object.keys(expected).filter((name) => {
    const [a, b] = [fromBits(got[name]), fromBits(expected[name])];
    return a.length !== b.length || a.some((value, i) => !Object.is(value, b[i]));
  });
  expect(different).toEqual([]);
}

/** Holds that two realms gave the same tensors but for rounding. */
export function expectClose(got: Answer['numbers'], expected: Answer['numbers'], tolerance: number): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  const far = Object.keys(expected).flatMap((name) => {
    const error = relativeError(fromBits(got[name]), fromBits(expected[name]));
    return error <= tolerance ? [] : [`${name}: ${error.toExponential(2)} > ${tolerance}`];
  });
  expect(far).toEqual([]);
}

/** Holds that an answer agrees with PyTorch and ONNX, within what the layers' own test allows. */
export function expectGolden({ numbers }: Answer, goldens: readonly Golden[]): void {
  for (const { name, expected, options, sensitivity } of goldens) {
    for (const [part, tensor] of Object.entries(expected)) {
      const error = relativeError(fromBits(numbers[`${name}/${part}`]), tensor.data);
      expect(error, `${name}/${part}`).toBeLessThanOrEqual(5e-6 * options.numLayers + 2 * sensitivity);
    }
  }
}
