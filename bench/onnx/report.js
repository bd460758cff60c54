/** Rewrites bench/onnx/README.md from bench/results/onnx-*.json: `node bench/onnx/report.js`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bytes, digits, ratio, table } from '../rivals/report/format.js';
import { loadResults } from './results.js';

const HEAD = `<!-- Written by bench/onnx/report.js from bench/results/onnx-*.json. Do not edit: run \`npm run bench:onnx\` again. -->

# Files of models

Silero VAD as \`@ricky0123/vad-web\` ships it and LSTMs in ONNX files: \`hiddenstate/onnx\` and onnxruntime-web (wasm), one
thread each, on one machine. In brackets: how many times slower than ours.`;

const METHOD = `## How it is measured

- **Frames**: both are given 40 frames, the state carried along, and must agree to 1e-5 before anything is timed; then they take
  turns in bursts. \`stream\` keeps the state in wasm memory, \`run\` is fed the state that it gave back, as onnxruntime is. Times
  are medians over the rounds, ratios medians of the ratios within the rounds.
- **From bytes to the first result**: a fresh process or a fresh browser profile for each of seven trials, the contenders in turn;
  medians. The package is imported and the file is in memory when the clock starts; a browser has had two seconds to finish
  with its own pages, which would otherwise take a core from either contender.
- **LSTM from a file**: a step of a stream on what \`torch.onnx.export\` writes of one LSTM, against a stream of \`LSTM\` whose
  weights came as a state dict.
- **Bytes to download**: minified by esbuild, dependencies and kernels included; for onnxruntime-web its wasm module as well.`;

/** Writes the page from all hosts that were measured. */
export async function writeReport() {
  const results = await loadResults();
  if (results.length === 0) throw new Error('report: found no results, expected bench/results/onnx-*.json');
  const sections = [
    HEAD,
    results.map(hostLine).join('\n'),
    '## A frame of Silero, µs',
    byHost(results, ({ frames }) => frames, frameCells, ['stream', 'run', 'onnxruntime-web']),
    '## From bytes to the first result, ms',
    byHost(results, ({ first }) => first, firstCells, ['hiddenstate', 'onnxruntime-web']),
    '## A step of an LSTM, µs',
    byHost(results, ({ lstm }) => lstm, lstmCells, ['from a state dict', 'from a file']),
    '## Bytes to download',
    bundleTable(results[0].bundles),
    METHOD,
  ];
  const path = join(import.meta.dirname, 'README.md');
  await writeFile(path, `${sections.join('\n\n')}\n`);
  console.log(`wrote ${path}`);
}

function hostLine({ host, date, commit, machine, versions }) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}`;
  return `- **${host.label}**: ${date.slice(0, 10)}, commit ${commit}; ${where}; ${packages.join(', ')}`;
}

function byHost(results, rowsOf, cellsOf, header) {
  const rows = results.flatMap((result) => rowsOf(result).map((row) => [result.host.label, ...cellsOf(row)]));
  return table(['', 'model', ...header], rows);
}

function frameCells({ model, stream, run, onnxruntime, streamRatio, runRatio }) {
  return [
    model,
    digits(stream),
    `${digits(run)}`,
    `${digits(onnxruntime)} (${ratio(streamRatio)}; than run ${ratio(runRatio)})`,
  ];
}

function firstCells({ model, hiddenstate, onnxruntime }) {
  return [model, digits(hiddenstate), `${digits(onnxruntime)} (${ratio(onnxruntime / hiddenstate)})`];
}

function lstmCells({ size, layer, onnx, ratio: slower }) {
  return [`H = ${size}`, digits(layer), `${digits(onnx)} (${ratio(slower)})`];
}

function bundleTable({ hiddenstate, onnxruntime }) {
  const row = (name, { raw, brotli }) => [name, bytes(raw), bytes(brotli), ratio(brotli / hiddenstate.brotli)];
  return table(
    ['', 'raw', 'brotli', 'brotli, against ours'],
    [row('hiddenstate/onnx', hiddenstate), row('onnxruntime-web', onnxruntime)],
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await writeReport();
