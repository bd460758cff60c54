/**
 * Milliseconds from the import to the first output of a new LSTM of 32 units, with weights that it draws: each time in a
 * process that has done nothing before, the median of seven; from the file that package.json names for Node. `npm run build && node bench/first.js`
 */
import { spawnSync } from 'node:child_process';

const PROCESSES = 7;

if (process.argv[2] === 'child') await timeOne();
else report(Array.from({ length: PROCESSES }, runChild));

async function timeOne() {
  const x = new Float32Array(32);
  const start = performance.now();
  const { LSTM } = await import('../dist/library.js');
  const imported = performance.now();
  const lstm = new LSTM({ inputSize: 32, hiddenSize: 32 });
  const made = performance.now();
  lstm.stream().step(x);
  const end = performance.now();
  console.log(
    JSON.stringify({ import: imported - start, layer: made - imported, step: end - made, total: end - start }),
  );
}

function runChild() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, 'child'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function report(runs) {
  runs.sort((a, b) => a.total - b.total);
  const shown = Object.entries(runs[(PROCESSES - 1) / 2]).map(([part, ms]) => `${part} ${ms.toFixed(1)}`);
  console.log(`new LSTM(32), Node ${process.version}, median of ${PROCESSES}, ms: ${shown.join(', ')}`);
}
