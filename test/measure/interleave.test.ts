import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { interleave, medianRatio } from '../../bindings/measure/interleave.js';

/** A clock that only the candidates move: every expected number below follows from their costs. */
let clock = 0;
const calls: string[] = [];

function candidate(name: string, milliseconds: (call: number) => number) {
  let call = 0;
  const run = () => {
    clock += milliseconds(call++);
    calls.push(name);
  };
  return { name, run };
}

beforeEach(() => {
  clock = 0;
  calls.length = 0;
  vi.stubGlobal('performance', { now: () => clock });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('interleave', () => {
  test('reports microseconds for one call, in the order of the candidates', () => {
    const timings = interleave([candidate('slow', () => 0.5), candidate('fast', () => 0.125)], { minRounds: 3 });
    expect(timings.map(({ name }) => name)).toEqual(['slow', 'fast']);
    expect(timings.map(({ medianMicroseconds }) => medianMicroseconds)).toEqual([500, 125]);
    expect(timings.map(({ min }) => min)).toEqual([500, 125]);
    expect(medianRatio(timings[0], timings[1])).toBe(4);
  });

  test('repeats a candidate until one burst lasts burstMilliseconds, then alternates bursts there and back', () => {
    const options = { burstMilliseconds: 2, minRounds: 3, minSeconds: 0, warmupSeconds: 0 };
    interleave([candidate('a', () => 0.5), candidate('b', () => 2)], options);
    const burstsOfLastRounds = 'aaaab' + 'baaaa' + 'aaaab';
    expect(calls.join('').endsWith(burstsOfLastRounds)).toBe(true);
    // One warming call; calibration by 1, 2 and 4 calls of a, by one of b, each long enough a second time.
    expect(calls.join('').slice(0, -burstsOfLastRounds.length)).toBe('a' + 'aaaaaaa' + 'aaaa' + 'b' + 'bb');
  });

  test('measures for minSeconds in all, and at least minRounds', () => {
    const pair = () => [candidate('a', () => 2), candidate('b', () => 2)];
    const rounds = (options: object) => interleave(pair(), options).map(({ samples }) => samples.length);
    expect(rounds({ minSeconds: 0.4, minRounds: 1 })).toEqual([100, 100]);
    expect(rounds({ minSeconds: 0, minRounds: 7 })).toEqual([7, 7]);
  });

  test('forgets disturbed bursts: the median, not the mean', () => {
    const disturbed = candidate('a', (call) => (call % 3 === 0 ? 50 : 2));
    const [timing] = interleave([disturbed], { minRounds: 9, minSeconds: 0 });
    expect(timing.medianMicroseconds).toBe(2000);
    expect(Math.max(...timing.samples)).toBe(50000);
  });

  test('does not take a pause of the machine for a burst that is long enough', () => {
    // The second call is the first one that calibrates.
    const paused = candidate('a', (call) => (call === 1 ? 50 : 0.25));
    const [timing] = interleave([paused], { warmupSeconds: 0, minSeconds: 0, minRounds: 3, burstMilliseconds: 2 });
    expect(calls).toHaveLength(1 + 1 + 1 + 2 + 4 + 8 + 8 + 3 * 8);
    expect(timing.samples).toEqual([250, 250, 250]);
  });

  test('takes the mean of the middle two of an even number of bursts', () => {
    // The first three calls warm up and calibrate.
    const milliseconds = [2, 2, 2, 8, 3, 5, 2];
    const options = { warmupSeconds: 0, minSeconds: 0, minRounds: 4 };
    const [timing] = interleave([candidate('a', (call) => milliseconds[call])], options);
    expect(timing.samples).toEqual([8000, 3000, 5000, 2000]);
    expect(timing.medianMicroseconds).toBe(4000);
  });

  test('compares within rounds: a machine that slows down leaves the ratio alone', () => {
    const drift = () => 1 + clock / 1000;
    const pair = [candidate('a', () => 6 * drift()), candidate('b', () => 2 * drift())];
    const [a, b] = interleave(pair, { warmupSeconds: 0, minSeconds: 0, minRounds: 100 });
    expect(b.samples.at(-1) as number).toBeGreaterThan(1.5 * b.samples[0]);
    expect(Math.abs(medianRatio(a, b) - 3)).toBeLessThan(0.01);
  });

  test('times nothing without candidates', () => {
    expect(interleave([])).toEqual([]);
  });

  test.each([{ minSeconds: Infinity }, { warmupSeconds: Number.NaN }, { burstMilliseconds: -1 }])(
    'refuses %o',
    (options) => {
      expect(() => interleave([candidate('a', () => 1)], options)).toThrow(
        /^interleave: got \w+ (Infinity|NaN|-1), expected a finite number of at least 0$/,
      );
      expect(calls).toEqual([]);
    },
  );
});
