/**
 * Compares the rungs of the ladder on real data and writes what it measured into docs/ladder.md, pictures into docs/ladder/.
 *
 *   npm run build && node bench/ladder/run.js           series and Moby-Dick, some five minutes
 *   npm run build && node bench/ladder/run.js series    series alone
 *   node bench/ladder/run.js series co2 stocks          some of them, the others stay as they were
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
const [only, ...ids] = process.argv.slice(2);

/** How often each network of the series is trained. */
const SEEDS = 5;

mkdirSync(pathOf('../../docs/ladder'), { recursive: true });
if (only !== 'text') {
  for (const each of SERIES.filter(({ id }) => ids.length === 0 || ids.includes(id))) {
    writePart('ladder.md', each.id, measureSeries(each));
  }
}
if (only !== 'series') writePart('ladder.md', 'text', measureText());

function measureSeries({ id, title, file, args, verdict }) {
  const picture = `ladder/${id}.svg`;
  const told = [...args, '--seeds', String(SEEDS)];
  const stdout = run('forecast', pathOf(file), ...told, '--models', 'all', '--svg', pathOf(`../../docs/${picture}`));
  const command = `hiddenstate forecast ${basename(file)} ${told.join(' ')}`;
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

/**
 * A table of the terminal as one of Markdown. Where it is too wide for a terminal, the columns that are left follow below, beside
 * the first one again. An empty cell is seen by the place of its title.
 */
function markdown(text) {
  const blocks = text
    .trimEnd()
    .split('\n\n')
    .map((block) => cellsOf(block.split('\n')));
  const rows = blocks[0].map((first, i) => blocks.flatMap((block, k) => (k === 0 ? first : block[i].slice(1))));
  return table(rows[0], rows.slice(1));
}

/** Columns are apart wherever two spaces run through all lines. */
function cellsOf(lines) {
  const width = Math.max(...lines.map(({ length }) => length));
  const isGap = (at) => lines.every((line) => (line[at] ?? ' ') === ' ');
  const begins = [0];
  for (let at = 2; at < width; at++) if (!isGap(at) && isGap(at - 1) && isGap(at - 2)) begins.push(at);
  return lines.map((line) => begins.map((from, k) => line.slice(from, begins[k + 1]).trim()));
}
