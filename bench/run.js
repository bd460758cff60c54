/**
 * The baseline benchmark: `hiddenstate bench` with its figures kept in bench/results/baseline.json.
 *
 *   npm run bench               quick, about a minute
 *   npm run bench -- --full     everything
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Node 20 runs the relaxed build only behind a flag, which later versions have dropped. */
const relaxed = WebAssembly.validate(readFileSync(pathOf('../dist/kernels.relaxed.wasm')));
const flags = relaxed || !process.version.startsWith('v20.') ? [] : ['--experimental-wasm-relaxed-simd'];

mkdirSync(pathOf('results'), { recursive: true });
const args = [pathOf('../dist/cli.js'), 'bench', '--json', pathOf('results/baseline.json'), ...process.argv.slice(2)];
const { status, signal, error } = spawnSync(process.execPath, [...flags, ...args], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
