/**
 * The baseline benchmark: `hiddenstate bench` with its figures kept in bench/results/baseline.json.
 *
 *   npm run bench               quick, about a minute
 *   npm run bench -- --full     everything
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { relaxedFlags } from './relaxed-flags.js';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

mkdirSync(pathOf('results'), { recursive: true });
const args = [pathOf('../dist/cli.js'), 'bench', '--json', pathOf('results/baseline.json'), ...process.argv.slice(2)];
const { status, signal, error } = spawnSync(process.execPath, [...relaxedFlags(), ...args], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
