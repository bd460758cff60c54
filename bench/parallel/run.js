/**
 * What a second core gives: the same work on the calling thread, and on pools of one and two threads. Keeps its figures in
 * bench/results/parallel.json, from which bench/rivals/report.js writes them into bench/README.md.
 *
 *   npm run bench:parallel
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { relaxedFlags } from '../relaxed-flags.js';

const { status } = spawnSync(
  process.execPath,
  [...relaxedFlags(), fileURLToPath(new URL('measure.js', import.meta.url))],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
