import { cpus } from 'node:os';
import { createEngine, type Engine, type Simd } from '../../index.js';
import type { Arguments } from '../arguments.js';
import { parseNumber } from '../arguments.js';
import { type CaseResult, measureCase } from '../bench/measure-case.js';
import { measureModel, modelLines } from '../bench/model.js';
import { meanRatio, resultLines } from '../bench/report.js';
import { type Case, CELLS, type CellName, multiplyAdds, planCases } from '../bench/workload.js';
import { CliError, oneLine } from '../cli-error.js';
import type { Command } from '../command.js';
import { ANY_MODEL, LAYERS, layersOption, readModelFile } from '../model-file.js';
import { tryToWrite, writeFileWhole } from '../output-file.js';
import { formatRatio } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';

const LARGEST_SIZE = 4096;

/** `hiddenstate bench` */
export const bench: Command = {
  name: 'bench',
  summary: 'time the library against plain JS on this machine',
  description: [
    'Times LSTM, GRU and RNN layers in each build that this machine runs against the same',
    'cells in plain JavaScript: one step a call, a sequence a call, a batch of sequences a',
    'call. Checks first that all compute the same. Times are medians of interleaved runs,',
    'in µs a call; ratio says how many times slower plain JS is, and is the median of the',
    'ratios within the rounds, not the quotient of the medians. About a minute. With MODEL,',
    'times that model instead: one step a call, or a run of 100 rows where it takes no steps.',
  ],
  operand: { name: 'MODEL', help: ANY_MODEL, optional: true },
  options: [
    LAYERS,
    { name: 'full', help: 'all sizes and longer runs, several minutes' },
    { name: 'cell', value: 'CELL', help: `one of ${CELLS.join(', ')} (default: all)` },
    { name: 'sizes', value: 'N,N', help: 'hidden sizes, each also the input size (default: 16 to 512)' },
    { name: 'json', value: 'FILE', output: true, help: 'write the figures to a file, too' },
  ],
  examples: ['bench', 'bench --cell lstm --sizes 16,64,256 --json results.json', 'bench model.onnx'],
  async run(args) {
    if (args.operand !== undefined) return benchModel(args, args.operand);
    if (args.has('layers')) throw new CliError('--layers: got no MODEL, expected the file that they are layers of');
    const cases = planCases({ full: args.has('full'), cells: cellsOption(args), sizes: sizesOption(args) });
    const json = args.text('json');
    // Found out now rather than after a minute.
    if (json !== undefined) await tryToWrite(json);
    const engines = availableEngines();
    const host = describeHost(engines);
    await writeOut(`${headerLines(host).join('\n')}\n`);
    const results = await measureAll(cases, engines);
    await writeOut(`\n${summaryLines(results, host.builds).join('\n')}\n`);
    if (json !== undefined) await writeJson(json, { ...host, full: args.has('full'), results });
  },
};

async function benchModel(args: Arguments, path: string): Promise<void> {
  for (const name of ['full', 'cell', 'sizes']) {
    if (args.has(name)) throw new CliError(`--${name}: got it with MODEL, expected one of both`);
  }
  const json = args.text('json');
  if (json !== undefined) await tryToWrite(json);
  const file = await readModelFile(path);
  const engines = availableEngines();
  const host = describeHost(engines);
  const results = await measureModel(file, layersOption(args.text('layers')), engines);
  await writeOut(
    `${[...headerLines(host), oneLine(`${path}: ${file.format}`), '', ...modelLines(results)].join('\n')}\n`,
  );
  if (json !== undefined) writeJson(json, { ...host, file: path, format: file.format, results });
}

function cellsOption(args: Arguments): readonly CellName[] {
  const text = args.text('cell');
  if (text === undefined) return CELLS;
  const cell = CELLS.find((name) => name === text.toLowerCase());
  if (!cell) throw new CliError(`--cell: got ${JSON.stringify(text)}, expected one of ${CELLS.join(', ')}`);
  return [cell];
}

function sizesOption(args: Arguments): readonly number[] | undefined {
  const sizes = args.text('sizes')?.split(',');
  return sizes?.map((text) => parseNumber('--sizes', text.trim(), { least: 1, most: LARGEST_SIZE, integer: true }));
}

interface Host {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  readonly builds: readonly string[];
}

function describeHost(engines: ReadonlyMap<string, Engine>): Host {
  const { node, v8 } = process.versions;
  const cpu = `${cpus()[0]?.model.trim() ?? 'unknown processor'} (${process.arch})`;
  return { date: new Date().toISOString(), node, v8, cpu, builds: [...engines.keys()] };
}

/** An engine for each build that the host runs; the baseline always does. */
function availableEngines(): Map<Simd, Engine> {
  const engines = new Map<Simd, Engine>([['baseline', createEngine({ simd: 'baseline' })]]);
  try {
    engines.set('relaxed', createEngine({ simd: 'relaxed' }));
  } catch {
    // The header says that it is not there.
  }
  return engines;
}

function headerLines({ date, node, v8, cpu, builds }: Host): string[] {
  const missing = builds.includes('relaxed') ? '' : '; relaxed needs Node 22, or --experimental-wasm-relaxed-simd';
  return [`${cpu}, Node ${node}, V8 ${v8}, ${date.slice(0, 10)}`, `builds: ${builds.join(', ')}${missing}`];
}

/** Measures everything, and shows each table as soon as it is complete. */
async function measureAll(cases: readonly Case[], engines: ReadonlyMap<string, Engine>): Promise<CaseResult[]> {
  const progress = new Progress('measuring');
  const total = cases.reduce((sum, one) => sum + expectedSeconds(one), 0);
  const results: CaseResult[] = [];
  let group: CaseResult[] = [];
  let done = 0;
  for (const [i, one] of cases.entries()) {
    progress.update(done / total, () => `${one.cell} ${one.workload.name} H=${one.size}`);
    group.push(measureCase(one, engines));
    done += expectedSeconds(one);
    const next = cases[i + 1];
    if (next?.cell === one.cell && next.workload === one.workload) continue;
    progress.clear();
    const title = `${one.cell.toUpperCase()}, ${one.workload.title}`;
    await writeOut(`\n${[title, ...resultLines(group, [...engines.keys()])].join('\n')}\n`);
    results.push(...group);
    group = [];
  }
  progress.clear();
  return results;
}

/** A guess, only for the progress: the time measured, or seven calls of plain JavaScript at a multiply-add a nanosecond. */
function expectedSeconds(one: Case): number {
  return Math.max(one.workload.seconds + 0.2, (7 * multiplyAdds(one)) / 1e9);
}

function summaryLines(results: readonly CaseResult[], builds: readonly string[]): string[] {
  return builds.map((build) => {
    const least = Math.min(...results.map((result) => result.builds[build].ratio));
    const difference = Math.max(...results.map((result) => result.builds[build].difference));
    const mean = formatRatio(meanRatio(results, build));
    return `${build}: ${mean} the speed of plain JS on average, ${formatRatio(least)} at least; outputs equal to ${difference.toExponential(0)}`;
  });
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify(content, null, 2)}\n`);
  writeErr(`figures written to ${path}`);
}
