/**
 * Tries every reader for ten minutes with files that nobody tried before: `npm run fuzz`, or `npm run fuzz -- 2 onnx` for two
 * minutes each of the readers in files of that name. A file that a reader fails on is kept under test/fuzz/kept and tried
 * first from then on, in the tests as well.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [minutes = '10', ...names] = process.argv.slice(2);
if (!(Number(minutes) > 0)) {
  console.error(`fuzz: got ${minutes} minutes, expected more than none`);
  process.exit(2);
}
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const files = names.length ? names.map((name) => `test/fuzz/${name}`) : ['test/fuzz'];
const child = spawn(process.execPath, [vitest, 'run', ...files], {
  env: { ...process.env, FUZZ_MINUTES: minutes },
  stdio: 'inherit',
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
