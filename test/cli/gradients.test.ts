import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawFlows } from '../../bindings/cli/gradients/picture.js';
import { spectralRadius } from '../../bindings/cli/gradients/spectral-radius.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

describe('hiddenstate gradients', () => {
  test('shows what is left, and draws it', () => {
    const svg = folder('gradients.svg');
    const args = ['--hidden', '8', '--steps', '40', '--scales', '0.5, 2', '--svg', svg];
    const { code, stdout, stderr } = hiddenstate(['gradients', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^cell +W_hh +radius +1 back +4 back +20 back +40 back +a step +c$/);
    expect(lines.indexOf('')).toBe(1 + 12);
    expect(lines[12]).toMatch(/^GRU bias 4 +×2 /);
    const sentences = lines
      .slice(14)
      .join(' ')
      .split(/(?<=\.) (?=[A-Z])/);
    expect(sentences).toHaveLength(6);
    expect(sentences[0]).toMatch(/^RNN: with W_hh times 0\.5 it vanishes .*; with W_hh times 2 .*\.$/);
    expect(lines[1]).toMatch(/^RNN +×0\.5 +0\.50 .* ×0\.(499|500)$/);
    const picture = readFileSync(svg, 'utf8');
    for (const text of [
      '<svg',
      'RNN; dashed: ReLU',
      'GRU; dashed: update bias 4',
      'clipped to norm 1',
      '×2 (r 2.00)',
    ]) {
      expect(picture).toContain(text);
    }
    expect(hiddenstate(['gradients', ...args.slice(0, 6)]).stdout).toBe(stdout);
  });

  test('is one table at the default number of steps', () => {
    const [titles] = hiddenstate(['gradients']).stdout.split('\n', 1);
    expect(titles).toMatch(/^cell .* 100 back +a step +c$/);
  });

  test.each([
    [['--scales', '1,x'], '--scales: got "x", expected a number from 0 to 1000'],
    [['--scales', ''], '--scales'],
    [['--steps', '1'], '--steps: got "1", expected an integer from 2 to 10000'],
    [['--hidden', '1e9'], '--hidden: got "1e9", expected an integer from 1 to 512'],
    [['--clip', '0'], '--clip: got "0", expected a number of at least'],
    [['file'], 'got "file", expected options only'],
    [['--svg', folder('none/there.svg')], 'cannot write'],
  ])('refuses %j', (args, message) => {
    const { code, stdout, stderr } = hiddenstate(['gradients', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n').length).toBe(1);
  });
});

test('drawFlows takes more norms than a call takes arguments', () => {
  const steps = 10_000;
  const norms = Float64Array.from({ length: steps + 1 }, (_, i) => 0.999 ** i);
  const scales = Array.from({ length: 15 }, (_, i) => i);
  const results = (['RNN', 'LSTM', 'GRU'] as const).flatMap((cell) =>
    scales.map((scale) => ({
      cell,
      variety: '',
      scale,
      radius: 1,
      flow: { h: [norms], weights: norms, logarithms: { h: [norms.map(Math.log10)], weights: norms.map(Math.log10) } },
    })),
  );
  const plan = { hidden: 1, steps, scales, gateBias: 0, weights: 'uniform', seed: 0 } as const;
  expect(drawFlows(results, plan, 1)).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
});

test('spectralRadius is the greatest magnitude of an eigenvalue, real or not, of any block', () => {
  const rotation = [0, -2, 2, 0];
  expect(spectralRadius(Float32Array.from([1, 5, 0, -1.5]), 2)).toBeCloseTo(1.5, 12);
  expect(spectralRadius(Float32Array.from([...rotation, 1, 0, 0, 1]), 2)).toBeCloseTo(2, 12);
});
