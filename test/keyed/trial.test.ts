/**
 * The fault trial. Short here; by hand for as long as wanted:
 *
 *   KEYED_TRIAL_EVENTS=10000000 KEYED_TRIAL_LOG=trial.log npx vitest run test/keyed/trial.test.ts
 *
 * KEYED_TRIAL_PAUSE says how many milliseconds lie between two faults, KEYED_TRIAL_SEED which trial it is.
 */
import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasRedis, sayWithout } from './support/redis-server.js';
import { type Fault, hasCompiler, runTrial } from './trial/trial.js';

sayWithout('the fault trial of keyed streams');

const events = Number(process.env.KEYED_TRIAL_EVENTS ?? 16_000);
const seed = Number(process.env.KEYED_TRIAL_SEED ?? 1);
const log = process.env.KEYED_TRIAL_LOG;
const long = process.env.KEYED_TRIAL_EVENTS !== undefined;

const FAULTS: Partial<Record<Fault, number>> = {
  'kill worker': 4,
  'freeze worker': 2,
  'stop worker': 2,
  'cut connection': 2,
  'cut in a commit': 6,
  'kill redis': 1,
  'truncate file': 1,
  'flush scripts': 1,
  'worker clock': 1,
  revoke: 2,
  ...(hasCompiler && long ? { 'redis clock': 1 } : {}),
};

describe.runIf(hasRedis)('under seeded faults', () => {
  it(
    'every event enters its state once, and every result is there once, in order, with the bits of one process',
    async () => {
      const stretch = long ? 20_000 : 8_000;
      const report = await runTrial({
        seed,
        stretch,
        stretches: Math.ceil(events / stretch),
        leastFaults: long ? 101 : 6,
        keys: 2000,
        workers: 3,
        partitions: 4,
        faults: process.env.ONLY ? Object.fromEntries(process.env.ONLY.split(',').map((k) => [k, 1])) : FAULTS,
        pause: Number(process.env.KEYED_TRIAL_PAUSE ?? (long ? 400 : 200)),
        say: (line) => log && appendFileSync(log, `${line}\n`),
      });
      if (log) appendFileSync(log, `${JSON.stringify(report)}\n`);
      const { missing, twice, order, bits, deadWrong, first } = report.findings;
      expect({ missing, twice, order, bits, deadWrong, first }).toEqual({
        missing: 0,
        twice: 0,
        order: 0,
        bits: 0,
        deadWrong: 0,
        first: undefined,
      });
      expect(report.findings.results + report.findings.dead).toBe(report.events);
      expect(Object.values(report.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(long ? 100 : 5);
    },
    24 * 3600 * 1000,
  );
});
