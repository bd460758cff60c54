import type { Engine } from '../../index.js';
import { interleave, medianRatio } from '../../measure/index.js';
import { CliError } from '../cli-error.js';
import { type Contender, contendersOf } from './contenders.js';
import { type Case, multiplyAdds } from './workload.js';

/** What a build reached in one case. */
export interface BuildResult {
  readonly microseconds: number;
  /** How many times slower plain JavaScript is. */
  readonly ratio: number;
  readonly gmacPerSecond: number;
  /** The greatest distance of an output from plain JavaScript's. */
  readonly difference: number;
}

/** What was measured in one case; all times are medians, for one call. */
export interface CaseResult {
  readonly cell: string;
  readonly workload: string;
  /** H and I. */
  readonly size: number;
  readonly steps: number;
  readonly batch: number;
  readonly plainMicroseconds: number;
  readonly builds: Readonly<Record<string, BuildResult>>;
}

/** Outputs lie within ±1, so this is four digits. */
const TOLERANCE = 1e-4;

/**
 * Checks that all contenders compute the same, then times them against each other.
 *
 * @param engines by the name of their build
 * @throws {CliError} if an output differs from plain JavaScript's
 */
export function measureCase(one: Case, engines: ReadonlyMap<string, Engine>): CaseResult {
  const contenders = contendersOf(one, engines);
  try {
    const { cell, workload, size } = one;
    const [plain, ...library] = contenders;
    const expected = plain.outputs();
    const differences = library.map((build) => differenceOf(build, expected, `${cell} ${workload.name} H=${size}`));
    const [plainTiming, ...timings] = interleave(contenders, { minSeconds: workload.seconds });
    const builds = timings.map((timing, k) => {
      const { name, medianMicroseconds: microseconds } = timing;
      const gmacPerSecond = multiplyAdds(one) / microseconds / 1000;
      const ratio = medianRatio(plainTiming, timing);
      return [name, { microseconds, ratio, gmacPerSecond, difference: differences[k] }] as const;
    });
    return {
      cell,
      workload: workload.name,
      size,
      steps: workload.steps,
      batch: workload.batch,
      plainMicroseconds: plainTiming.medianMicroseconds,
      builds: Object.fromEntries(builds),
    };
  } finally {
    for (const contender of contenders) contender.dispose();
  }
}

function differenceOf({ name, outputs }: Contender, expected: Float32Array, what: string): number {
  const got = outputs();
  let greatest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    if (!(difference <= TOLERANCE)) {
      throw new CliError(
        `${what}: ${name} gives ${got[i]} where plain JS gives ${expected[i]}, expected them equal to ${TOLERANCE}; please report this`,
        1,
      );
    }
    greatest = Math.max(greatest, difference);
  }
  return greatest;
}
