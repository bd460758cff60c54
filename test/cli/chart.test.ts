import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Chart, drawChart, type Mark } from '../../bindings/cli/chart/chart.js';

const LINE: Mark = {
  kind: 'line',
  label: 'line',
  points: [
    [0, 1],
    [1, 3],
    [2, 2],
  ],
};

function draw(marks: readonly Mark[], rest: Partial<Chart> = {}): string {
  return drawChart({ title: 'Title', panels: [{ marks }], ...rest });
}

/** Every tag is closed by its like, every attribute quoted: what an XML parser would ask. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name, _rest, self) => {
      if (end) expect(open.pop()).toBe(name);
      else if (!self) open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
}

function pathsOf(svg: string, name: string): string[] {
  return [...svg.matchAll(new RegExp(`<path class="${name}"[^>]* d="([^"]*)"`, 'g'))].map(([, d]) => d);
}

describe('drawChart', () => {
  test('draws every mark, with axes, legend and titles, as one well-formed file', () => {
    const marks: Mark[] = [
      {
        kind: 'band',
        label: '95 %',
        points: [
          [0, 0, 2],
          [1, 2, 4],
          [2, 1, 3],
        ],
      },
      LINE,
      {
        kind: 'line',
        label: 'dashed',
        dashed: true,
        points: [
          [0, 3],
          [2, 0],
        ],
      },
      { kind: 'dots', label: 'seen', points: [[1, 1]] },
      { kind: 'spans', label: 'speech', spans: [[0.5, 1.5]] },
      { kind: 'rule', label: 'threshold', axis: 'y', at: 2.5 },
    ];
    const svg = drawChart({
      title: 'Title',
      subtitle: 'below',
      panels: [
        { heading: 'left', x: { title: 'time' }, y: { title: 'value' }, marks },
        { heading: 'right', marks: [LINE] },
      ],
    });
    expectWellFormed(svg);
    for (const text of [
      'Title',
      'below',
      'left',
      'right',
      'time',
      'value',
      '95 %',
      'line',
      'dashed',
      'seen',
      'speech',
    ]) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(pathsOf(svg, 'line')).toHaveLength(3);
    expect(pathsOf(svg, 'band')).toHaveLength(1);
    expect(svg).toMatch(/prefers-color-scheme:dark/);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<script/);
    // One label, one colour: in both panels and in the legend.
    expect(new Set([...svg.matchAll(/class="line" stroke="([^"]*)"/g)].map(([, colour]) => colour)).size).toBe(2);
  });

  test('places values in proportion: linear, logarithmic, in time', () => {
    const points: [number, number][] = [
      [1, 1],
      [10, 10],
      [100, 100],
    ];
    const xs = (kind: 'linear' | 'log' | 'time') => {
      const svg = drawChart({ title: '', panels: [{ x: { kind }, marks: [{ kind: 'line', points }] }] });
      const [a, b, c] = [...pathsOf(svg, 'line')[0].matchAll(/[ML]([\d.]+),/g)].map(([, x]) => Number(x));
      return (b - a) / (c - a);
    };
    expect(xs('linear')).toBeCloseTo(9 / 99, 2);
    expect(xs('time')).toBeCloseTo(9 / 99, 2);
    expect(xs('log')).toBeCloseTo(0.5, 2);
  });

  test('shows dates on an axis of time and powers on a logarithmic one', () => {
    const points: [number, number][] = [
      [Date.UTC(2000, 0), 1],
      [Date.UTC(2004, 0), 1e4],
    ];
    const svg = drawChart({
      title: '',
      panels: [{ x: { kind: 'time' }, y: { kind: 'log' }, marks: [{ kind: 'line', points }] }],
    });
    for (const text of ['2001', '2003', '1', '100']) expect(svg).toContain(`>${text}</text>`);
  });

  test('escapes texts, and leaves out what no XML may hold', () => {
    const nasty = `<script>"&'\u0000\u001b]</script>`;
    const svg = drawChart({
      title: nasty,
      subtitle: nasty,
      panels: [{ heading: nasty, x: { title: nasty }, y: { title: nasty }, marks: [{ ...LINE, label: nasty }] }],
    });
    expectWellFormed(svg);
    expect(svg).not.toContain('<script');
    expect(Array.from(svg).filter((character) => character < ' ' && character !== '\n')).toEqual([]);
  });

  test('breaks a line at what is not finite, and draws nothing rather than NaN', () => {
    const gaps: [number, number][] = [
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, 1],
      [4, Number.POSITIVE_INFINITY],
      [5, 2],
      [6, 3],
    ];
    expect(pathsOf(draw([{ kind: 'line', points: gaps }]), 'line')[0].match(/M/g)).toHaveLength(3);
    for (const marks of [
      [],
      [{ kind: 'line', points: [] }],
      [{ kind: 'line', points: [[Number.NaN, 1]] }],
    ] as Mark[][]) {
      const svg = draw(marks);
      expectWellFormed(svg);
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
    const constant = draw([
      {
        kind: 'line',
        points: [
          [1, 5],
          [1, 5],
        ],
      },
    ]);
    expect(constant).not.toMatch(/NaN|Infinity/);
    const negative = drawChart({
      title: '',
      panels: [
        {
          y: { kind: 'log' },
          marks: [
            {
              kind: 'line',
              points: [
                [0, -1],
                [1, 0],
                [2, 5],
              ],
            },
          ],
        },
      ],
    });
    expect(negative).not.toMatch(/NaN|Infinity/);
  });

  test('keeps the extremes of a line that has more points than pixels', () => {
    const points = Array.from({ length: 200_000 }, (_, i): [number, number] => [i, i === 123_457 ? 9 : Math.sin(i)]);
    const svg = draw([{ kind: 'line', points }]);
    expect(svg.length).toBeLessThan(60_000);
    const ys = [...pathsOf(svg, 'line')[0].matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
    const sorted = [...ys].sort((a, b) => a - b);
    expect(sorted[1] - sorted[0]).toBeGreaterThan(100);
  });

  test('needs nothing but its own text', () => {
    expect(draw([LINE]).match(/https?:\/\/[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(readFileSync(new URL('../../bindings/cli/chart/chart.ts', import.meta.url), 'utf8')).not.toMatch(
      /from 'node:/,
    );
  });
});
