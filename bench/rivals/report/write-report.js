import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KINDS, SIZES } from '../cases/plan.js';
import { loadDownloads } from '../downloads.js';
import { loadParallel, loadResults } from '../results.js';
import { barsSection } from './bars.js';
import { ratioChart, streamingChart } from './charts.js';
import { downloadTable, firstTable, kindSection, manySection, parallelSection, productSection } from './tables.js';
import { HEAD, METHOD } from './text.js';

const BENCH = join(import.meta.dirname, '../..');

/**
 * Writes README.md and charts/ from the results that are there.
 *
 * @param folder where to; bench/ unless it is a trial
 */
export async function writeReport({ folder = BENCH, trial = false } = {}) {
  const results = await loadResults({ trial });
  if (results.length === 0) throw new Error('report: found no results, expected bench/results/rivals-*.json');
  const charts = join(folder, 'charts');
  await rm(charts, { recursive: true, force: true });
  await mkdir(charts, { recursive: true });
  const hosts = [];
  for (const result of results) hosts.push(...(await hostSections(result, charts)));
  const downloads = await loadDownloads();
  const sections = [
    HEAD,
    hostList(results),
    ...hosts,
    ...parallelSection(await loadParallel()),
    '## From import to the first result',
    'One step of an LSTM(32) in a fresh process or a fresh browser profile, median of five; modules come from the disk or from 127.0.0.1. In brackets: against ours.',
    firstTable(results),
    ...(Object.keys(downloads).length > 0
      ? [
          '## Bytes to download',
          'For a page that runs one LSTM: minified bundle and the wasm that it fetches.',
          downloadTable(downloads),
        ]
      : []),
    METHOD,
  ];
  const path = join(folder, 'README.md');
  await writeFile(path, `${sections.join('\n\n')}\n`);
  console.log(`wrote ${path}`);
}

function hostList(results) {
  const lines = results.map(({ host, date, commit, machine, versions, seconds }) => {
    const flags = host.flags.length > 0 ? ` with \`${host.flags.join(' ')}\`` : '';
    const rivals = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const where = `${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}`;
    const minutes = Math.round(seconds / 60);
    return `- **${host.label}** (${host.engine})${flags}: ${date.slice(0, 10)}, ${minutes} min, commit ${commit}; ${where}; ${rivals.join(', ')}`;
  });
  return lines.join('\n');
}

async function hostSections(result, charts) {
  const { host, cases } = result;
  const sizes = SIZES.filter((size) => cases.some((one) => one.size === size));
  const images = [];
  for (const [name, draw] of [
    ['streaming-lstm', streamingChart],
    ['fastest-rival', ratioChart],
  ]) {
    const svg = draw(result, sizes);
    if (!svg) continue;
    const file = `${name}-${host.id}.svg`;
    await writeFile(join(charts, file), svg);
    images.push(`![${name.replace('-', ' ')}, ${host.label}](charts/${file})`);
  }
  return [
    `## ${host.label}`,
    ...images,
    ...barsSection(cases, sizes),
    ...Object.keys(KINDS).flatMap((kind) => kindSection(kind, cases, sizes)),
    ...manySection(cases),
    ...productSection(cases, sizes),
  ];
}
