/**
 * Compares ten thousand random graphs with onnxruntime-web: `node test/onnx/random/run.mjs`, or `… run.mjs 500 1` for 500 from seed
 * 1 on. onnxruntime-web's module falls at a graph now and then, or never answers: a process of its own goes on after such a graph.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { wasmHex } from '../../../build-plugins.mjs';

const [count = 10_000, first = 1] = process.argv.slice(2).map(Number);
const ROOT = join(import.meta.dirname, '../../..');
const CHILD = join(ROOT, 'build/random-graphs.mjs');
/** Milliseconds after which a graph has no answer. */
const PATIENCE = 60_000;

/**
 * Graphs that differ by no fault of ours: Sign of sums that are zero but for rounding; two quantisations on end, which onnxruntime makes
 * one unless its optimiser is off.
 */
const KNOWN = new Set([6021, 9333]);

const hex = wasmHex();
const kernels = {
  name: 'kernels',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: hex.resolveId(path) }));
    onLoad({ filter: /\.wasm$/ }, async ({ path }) => ({ contents: (await hex.load(path)).code, loader: 'js' }));
  },
};
await build({
  entryPoints: [join(import.meta.dirname, 'child.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['onnxruntime-web'],
  outfile: CHILD,
  plugins: [kernels],
  logLevel: 'error',
});

const tally = { same: 0, fell: 0 };
const refused = new Map();
const faults = [];
let next = first;

/** One child, until all graphs are compared or it stops. */
function session() {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, next, first + count], { stdio: ['ignore', 'pipe', 'ignore'] });
    const stop = () => child.kill('SIGKILL');
    let clock = setTimeout(stop, PATIENCE);
    createInterface(child.stdout).on('line', (line) => {
      if (!line.startsWith('{')) return;
      clearTimeout(clock);
      clock = setTimeout(stop, PATIENCE);
      const { seed, refused: why, fault } = JSON.parse(line);
      next = seed + 1;
      if (fault && !KNOWN.has(seed)) {
        faults.push(seed);
        console.log(`graph ${seed}: ${fault}`);
      } else if (why) {
        const kind = why.replace(/\b_?[\w]*v\d+\w*/g, '…');
        refused.set(kind, (refused.get(kind) ?? 0) + 1);
      } else tally.same++;
      if (next % 500 === 0) console.log(`${next - first} graphs, ${tally.same} the same`);
    });
    child.once('close', () => {
      clearTimeout(clock);
      resolve();
    });
  });
}

while (next < first + count) {
  const before = next;
  await session();
  if (next >= first + count) break;
  console.log(`onnxruntime-web fell or did not answer at graph ${next}${next === before ? ', its first' : ''}`);
  tally.fell++;
  next++;
}
for (const [why, times] of [...refused].sort((a, b) => b[1] - a[1]))
  console.log(`refused there ${times} times: ${why}`);
console.log(`${tally.same} of ${count} random graphs are the same, ${faults.length} differ, ${tally.fell} fell there`);
process.exitCode = faults.length ? 1 : 0;
