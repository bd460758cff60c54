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

/** Lines are stroked in some colour, bands filled. */
function pathsOf(svg: string, name: 'line' | 'band'): string[] {
  const start = name === 'line' ? 's-(?!edge)' : 'f-';
  return [...svg.matchAll(new RegExp(`<path class="${start}[^>]* d="([^"]*)"`, 'g'))].map(([, d]) => d);
}

describe('drawChart', () => {
  test('marks an axis of counts at whole numbers alone', () => {
    const svg = drawChart({ title: '', panels: [{ x: { kind: 'count' }, y: { domain: [0.5, 3.5] }, marks: [LINE] }] });
    const whole = [...svg.matchAll(/text-anchor="middle"[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(whole).toEqual(['0', '1', '2']);
  });

  test('draws every mark, with axes, labels and titles, as one well-formed file', () => {
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

  test('gives each model its colour and dash, literally, whoever else is drawn, and labels at the ends keep apart', () => {
    const line = (label: string, end: number): Mark => ({
      kind: 'line',
      label,
      points: [
        [0, 0],
        [1, end],
      ],
    });
    const names = ['lstm', 'gru', 'rnn', 'ar', 'markov', 'mean', 'drift', 'last', 'seasonal'];
    const svg = draw(names.map((name, i) => line(name, 1 + i / 1000)));
    const colours = new Map(
      [...svg.matchAll(/<path class="s-([a-z]+)" stroke="(#[0-9a-f]{6})"/g)].map(([, a, b]) => [a, b]),
    );
    expect(colours.get('lstm')).toBe('#0a8bf7');
    expect(colours.get('gru')).toBe('#3a0a63');
    expect(draw([line('gru', 1)])).toContain('class="s-gru" stroke="#3a0a63"');
    expect(svg).not.toMatch(/var\(/);
    expect(svg).toMatch(/@media \(prefers-color-scheme:dark\)\{.*\.s-lstm\{stroke:#2f6ceb\}/);
    const at = names.map((name) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}</text>`).exec(svg)?.[1]));
    const sorted = [...at].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThan(13.9);
    expect([...at].reverse()).toEqual(sorted);
  });

  test('says where a line went that leaves the picture', () => {
    const svg = drawChart({
      title: '',
      panels: [
        {
          y: { domain: [0, 1] },
          marks: [
            {
              kind: 'line',
              label: 'mean',
              points: [
                [0, -9],
                [1, -9],
              ],
            },
            LINE,
          ],
        },
      ],
    });
    expect(svg).toContain('>mean ↓</text>');
    expect(svg).toContain('>line ↑</text>');
  });

  test('is drawn for its width: panels stand below each other where it is narrow, and no text is under 12 pixels', () => {
    const panels = [
      { heading: 'one', marks: [LINE] },
      { heading: 'two', marks: [LINE] },
    ];
    const heightOf = (svg: string) => Number(/height="([\d.]+)"/.exec(svg)?.[1]);
    const [narrow, wide] = [400, 1200].map((width) => drawChart({ title: 'a title '.repeat(12), panels, width }));
    expect(heightOf(narrow)).toBeGreaterThan(heightOf(wide) + 250);
    for (const svg of [narrow, wide]) {
      for (const [, size] of svg.matchAll(/font-size="(\d+)"/g)) expect(Number(size)).toBeGreaterThanOrEqual(12);
    }
  });

  test('shows powers of ten beyond what a number can be', () => {
    const points: [number, number][] = [
      [0, 0],
      [1, -400],
    ];
    const svg = drawChart({ title: '', panels: [{ y: { kind: 'power' }, marks: [{ kind: 'line', points }] }] });
    expect(svg).toContain('>10⁻⁴⁰⁰</text>');
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

  test('leaves out points of a level run, which change nothing of the line', () => {
    const points = [5, 1, 1, 1, 1, 3, 3, 2].map((y, x): [number, number] => [x, y]);
    const [path] = pathsOf(draw([{ kind: 'line', points }]), 'line');
    const kept = points.filter(([x]) => x !== 2 && x !== 3);
    // The same corners as a line that was drawn through them alone.
    expect(path).toBe(pathsOf(draw([{ kind: 'line', points: kept }]), 'line')[0]);
    expect(path.match(/[ML]/g)?.length).toBe(kept.length);
  });

  test('needs nothing but its own text', () => {
    expect(draw([LINE]).match(/https?:\/\/[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(readFileSync(new URL('../../bindings/cli/chart/chart.ts', import.meta.url), 'utf8')).not.toMatch(
      /from 'node:/,
    );
  });
});
