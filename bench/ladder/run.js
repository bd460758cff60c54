/**
 * Compares the rungs of the ladder on real data and writes what it measured into docs/ladder.md, pictures into docs/ladder/.
 *
 *   npm run build && node bench/ladder/run.js           series and Moby-Dick, some five minutes
 *   npm run build && node bench/ladder/run.js series    series alone
 *   npm run build && node bench/ladder/run.js text      Moby-Dick alone
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { corpus } from '../../models/moby-dick/text.js';
import { writePart } from '../report/write-part.js';
import { table } from '../rivals/report/format.js';
import { SERIES } from './cases.js';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const [only] = process.argv.slice(2);

mkdirSync(pathOf('../../docs/ladder'), { recursive: true });
if (only !== 'text') writePart('ladder.md', 'series', SERIES.map(measureSeries).join('\n'));
if (only !== 'series') writePart('ladder.md', 'text', measureText());

function measureSeries({ id, title, file, args, verdict }) {
  const picture = `ladder/${id}.svg`;
  const stdout = run('forecast', pathOf(file), ...args, '--models', 'all', '--svg', pathOf(`../../docs/${picture}`));
  const command = `hiddenstate forecast ${basename(file)} ${args.join(' ')}`;
  return `### ${title}\n\n\`${command}\`\n\n${markdown(stdout)}\n\n${verdict}\n\n![Forecasts and errors](${picture})\n`;
}

function measureText() {
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-ladder-'));
  try {
    const book = join(folder, 'moby-dick.txt');
    writeFileSync(book, corpus());
    const svg = pathOf('../../docs/ladder/moby-dick.svg');
    const stdout = run('text', book, '--models', 'all', '--chars', '160', '--svg', svg);
    const [table, ...samples] = stdout.trimEnd().split(/\n\n(?=[a-z-]+:\n)/);
    const picture = '![Bits per character along the held-out text](ladder/moby-dick.svg)';
    const written = ['```text', samples.join('\n\n'), '```'].join('\n');
    return `\`hiddenstate text moby-dick.txt\`\n\n${markdown(table)}\n\n${picture}\n\n${written}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The command's stdout; its progress goes through. */
function run(...args) {
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 };
  const { status, stdout, error } = spawnSync(process.execPath, [pathOf('../../dist/cli.js'), ...args], options);
  if (error) throw error;
  if (status !== 0) throw new Error(`hiddenstate ${args.join(' ')}: exit code ${status}`);
  return stdout;
}

/** A table of the terminal as one of Markdown. */
function markdown(text) {
  const [header, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
  return table(header, rows);
}
