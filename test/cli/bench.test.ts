import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

interface Result {
  readonly builds: { readonly baseline: { readonly ratio: number } };
}

test('hiddenstate bench shows a table for each workload and writes the figures it shows', () => {
  const args = ['bench', '--cell', 'gru', '--sizes', '3,8', '--json', folder('results.json')];
  const { code, stdout, stderr } = hiddenstate(args);
  expect(code).toBe(0);
  expect(stderr).toMatch(/figures written to .*results\.json\n$/);
  const { node, cpu, date, builds, results } = JSON.parse(readFileSync(folder('results.json'), 'utf8'));
  expect(node).toBe(process.versions.node);
  expect(builds).toContain('baseline');
  expect(stdout.split('\n', 1)[0]).toBe(`${cpu}, Node ${node}, V8 ${process.versions.v8}, ${date.slice(0, 10)}`);

  const shape = ({ workload, size, steps, batch }: Record<string, unknown>) => [workload, size, steps, batch];
  expect(results.map(shape)).toEqual([
    ['step', 3, 1, 1],
    ['step', 8, 1, 1],
    ['sequence', 3, 100, 1],
    ['sequence', 8, 100, 1],
    ['batch', 3, 20, 32],
    ['batch', 8, 20, 32],
  ]);
  for (const { cell, size, steps, batch, plainMicroseconds, builds: reached } of results) {
    const { microseconds, ratio, gmacPerSecond, difference } = reached.baseline;
    expect(cell).toBe('gru');
    expect(plainMicroseconds).toBeGreaterThan(0);
    expect(ratio).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-4);
    // A GRU multiplies 3H × (I + H) weights a step.
    expect(gmacPerSecond).toBeCloseTo((3 * size * 2 * size * steps * batch) / microseconds / 1000, 6);
  }
  const tables = stdout.split('\n').filter((line) => /^ +(3|8) /.test(line));
  const ratios = tables.map((line) => line.trim().split(/ +/)[3]);
  expect(ratios).toEqual(results.map((result: Result) => `${result.builds.baseline.ratio.toFixed(1)}×`));
});
