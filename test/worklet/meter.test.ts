import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MeterReport } from '../../bindings/worklet/messages.js';
import { Meter } from '../../bindings/worklet/meter.js';

/** Lets a meter see quanta: how long each takes, and how long after the one before it begins. */
function measured(quanta: readonly [took: number, pause: number][], options = { live: true, performance: true }) {
  let now = 1000;
  vi.stubGlobal('performance', options.performance ? { now: () => now } : undefined);
  vi.spyOn(Date, 'now').mockImplementation(() => Math.floor(now));
  const reports: MeterReport[] = [];
  const meter = new Meter(2.5, 10, options.live, (report) => reports.push(report));
  quanta.forEach(([took, pause], i) => {
    now += pause - took;
    meter.begin();
    now += took;
    meter.end(i * 2.5);
  });
  return reports;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('Meter', () => {
  it('tells the mean and the worst of each report', () => {
    const [first, second] = measured([0.1, 0.3, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2].map((took) => [took, 2.5]));
    expect(first).toMatchObject({ quanta: 4, budget: 2500, resolution: 0, underruns: 0 });
    expect(first.micros).toBeCloseTo(150);
    expect(first.worst).toBeCloseTo(300);
    expect(second.micros).toBeCloseTo(200);
    expect(second.worst).toBeCloseTo(200);
  });

  it('counts sound that came too late, once for each report, and drift not', () => {
    const late = (i: number): [number, number] => [0.1, i === 5 ? 12 : 2.501];
    const reports = measured(Array.from({ length: 16 }, (_, i) => late(i)));
    expect(reports.map(({ underruns }) => underruns)).toEqual([0, 0, 1, 1]);
  });

  it('does not take blocks that come by turns at once and late for missing sound', () => {
    const bursts = Array.from({ length: 16 }, (_, i): [number, number] => [0.1, i % 4 === 0 ? 9.6 : 0.133333]);
    expect(measured(bursts).at(-1)?.underruns).toBe(0);
  });

  it('counts nothing where no device plays', () => {
    const slow = Array.from({ length: 16 }, (): [number, number] => [0.1, 100]);
    expect(measured(slow, { live: false, performance: true }).at(-1)?.underruns).toBe(0);
  });

  it('with a clock of whole milliseconds the mean is right in the mean, and the worst a lower bound', () => {
    const quanta = Array.from({ length: 4000 }, (_, i): [number, number] => [i % 40 === 0 ? 1.7 : 0.25, 2.5371]);
    const reports = measured(quanta, { live: true, performance: false });
    const mean = reports.reduce((sum, { micros }) => sum + micros, 0) / reports.length;
    expect(mean).toBeGreaterThan(250);
    expect(mean).toBeLessThan(320);
    expect(Math.max(...reports.map(({ worst }) => worst))).toBe(1000);
    expect(reports[0].resolution).toBe(1000);
  });
});
