import { afterAll, describe, expect, test } from 'vitest';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { type OnnxCase, readArchive } from './archive.js';
import { CLAIMED } from './claimed.js';
import { caseError } from './run-case.js';

export interface Suite {
  readonly archive: Parameters<typeof readArchive>[0];
  readonly title: string;
  /** Greatest error of a float, relative to max(1, the largest expected magnitude). */
  readonly tolerance: number;
  /** Cases that claimed operators do not take, by name: they must be refused in these words. */
  readonly refused?: readonly (readonly [cases: RegExp, message: RegExp, ...unknown[]])[];
  /** Cases whose own numbers are not better than this, by name. */
  readonly coarse?: readonly (readonly [cases: RegExp, tolerance: number])[];
}

/**
 * The cases of an archive whose operators are all claimed. Only ONNX's own archive has others: in those made for this runtime an
 * operator that is not claimed is a failure.
 */
export function claimedCases(archive: Suite['archive']): OnnxCase[] {
  const cases = readArchive(archive);
  if (archive !== 'backend') return cases;
  return cases.filter(({ operators }) => operators.every((operator) => CLAIMED.has(operator)));
}

/** Runs every case of an archive on every build. */
export function archiveSuite({ archive, title, tolerance, refused = [], coarse = [] }: Suite): void {
  const cases = claimedCases(archive);
  const refusalOf = ({ name }: OnnxCase) => valueFor(refused, name);

  describe.each(BUILDS)(`${title}, $name`, ({ name, create }) => {
    const engine = create();
    const ledger = new ErrorLedger(`${title}, ${name}`);
    afterAll(() => ledger.print());

    test.each(cases.filter((each) => !refusalOf(each)))('$name', async (each) => {
      const before = engine.bytesInUse;
      const error = await caseError(each, engine);
      ledger.add(each.name, error);
      expect(error).toBeLessThan(valueFor(coarse, each.name) ?? tolerance);
      expect(engine.bytesInUse).toBe(before);
    });

    test.each(cases.filter(refusalOf))('$name is refused', async (each) => {
      const before = engine.bytesInUse;
      await expect(caseError(each, engine)).rejects.toThrow(refusalOf(each));
      expect(engine.bytesInUse).toBe(before);
    });
  });
}

function valueFor<T>(rules: readonly (readonly [RegExp, T, ...unknown[]])[], name: string): T | undefined {
  return rules.find(([pattern]) => pattern.test(name))?.[1];
}
