/** A chart looks alike in a browser's light mode and in programs that know no style sheets; dark mode has its own colours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawChart } from '../../bindings/cli/chart/chart.js';
import { temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const line = (label: string, level: number) => ({
  ...{ kind: 'line' as const, label, width: 8, dashed: false },
  points: [
    [0, level],
    [1, level],
  ] as const,
});
const svg = drawChart({ title: 'Colours', panels: [{ marks: [line('lstm', 1), line('rnn', 2), line('gru', 3)] }] });
const has = (program: string) =>
  program === 'cairosvg'
    ? spawnSync('/usr/bin/python3', ['-c', 'import cairosvg']).status === 0
    : spawnSync(program, ['--version']).status === 0;

/** How many pixels of a picture have a colour, by ImageMagick. */
function pixels(png: string, colour: string): number {
  const text = execFileSync(
    'convert',
    [
      png,
      '-fill',
      'black',
      '+opaque',
      colour,
      '-fill',
      'white',
      '-opaque',
      colour,
      '-format',
      '%[fx:mean*w*h]',
      'info:',
    ],
    { encoding: 'utf8' },
  );
  return Number(text);
}

const RENDERERS: Record<string, (from: string, to: string) => void> = {
  'rsvg-convert': (from, to) => void execFileSync('rsvg-convert', [from, '-o', to]),
  cairosvg: (from, to) => void execFileSync('/usr/bin/python3', ['-m', 'cairosvg', from, '-o', to]),
};

for (const [program, render] of Object.entries(RENDERERS)) {
  const missing = [program, 'convert'].find((each) => !has(each));
  if (missing) console.log(`pictures: ${program} is not compared: there is no ${missing}`);
  test.skipIf(missing !== undefined)(`${program} draws the light colours on light paper`, () => {
    const [from, to] = [folder('chart.svg'), folder(`${program}.png`)];
    writeFileSync(from, svg);
    render(from, to);
    for (const colour of ['#0a8bf7', '#ab3a08', '#3a0a63']) expect(pixels(to, colour), colour).toBeGreaterThan(2000);
    expect(pixels(to, '#ffffff')).toBeGreaterThan(100_000);
    for (const dark of ['#2f6ceb', '#ec8b35', '#dcbdfe', '#101316']) expect(pixels(to, dark), dark).toBe(0);
  });
}
