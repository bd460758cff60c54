/**
 * What `npm start` does in a clone: builds the one command that it needs, as fast as it can, and runs it.
 *
 * Compiled are the kernels that this Node runs and nothing else; esbuild bundles the command `generate` around them.
 * `npm run build` builds the whole package.
 */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const ROOT = import.meta.dirname;
const FOLDER = join(ROOT, 'build', 'start');
const PROGRAM = join(FOLDER, 'start.js');
const FORMATS = join(ROOT, 'bindings', 'formats', 'files', 'formats.ts');
const MODEL = 'models/moby-dick.safetensors';

/** Relaxed SIMD is on without a flag from Node 22 on. */
const SIMD = Number(process.versions.node.split('.')[0]) >= 22 ? 'relaxed' : 'simd';
const KERNELS = join(FOLDER, `kernels.${SIMD}.wasm`);

const began = performance.now();
mkdirSync(FOLDER, { recursive: true });
if (newest('assembly') > modified(KERNELS)) {
  await working('Compiling the kernels from AssemblyScript to SIMD WebAssembly', compileKernels());
}
await working('Bundling the command line', bundle());
process.stderr.write(`Ready after ${((performance.now() - began) / 1000).toFixed(1)} s. ${MODEL} writes:\n\n`);

process.chdir(ROOT);
process.argv = [process.argv[0], PROGRAM, ...argumentsOf(process.argv.slice(2))];
await import(PROGRAM);
if (!process.exitCode) {
  process.stderr.write(`
Try next:
  npm start -- --prompt "The whale" --temperature 0.6   a calmer writer
  npm run build && npx hiddenstate help                 every command
  npm run bench                                         against plain JavaScript
  npm run site                                          see it in a browser: what each unit holds, and the guides
`);
}

/** What the user gave, with the model and a beginning where the user gave none. */
function argumentsOf(given) {
  const prompt = given.some((argument) => /^--(prompt|help)\b/.test(argument)) ? [] : ['--prompt', 'Call me Ishmael.'];
  return [MODEL, ...prompt, ...given];
}

/** Shows how long a piece of work has been going on, once a second: rewritten in a terminal, a line each in a log. */
async function working(label, work) {
  const start = performance.now();
  const show = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(process.stderr.isTTY ? `\r${label} … ${seconds} s` : `${label} … ${seconds} s\n`);
  };
  show();
  const timer = setInterval(show, process.stderr.isTTY ? 200 : 1500);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** In a thread: the compiler never gives the event loop a turn. */
function compileKernels() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('build-kernels.mjs', import.meta.url), {
      workerData: { name: 'kernels', target: SIMD, folder: FOLDER },
    });
    worker.on('error', reject);
    worker.on('exit', (code) =>
      code ? reject(new Error(`the kernels did not compile (exit code ${code})`)) : resolve(),
    );
  });
}

/** The other build is never chosen here: one stands for both. Models of other formats are named, and their readers left out. */
function bundle() {
  const onlyKernels = {
    name: 'only-kernels',
    setup({ onResolve }) {
      onResolve({ filter: /^kernels\..*\.wasm$/ }, () => ({ path: KERNELS, namespace: 'hex' }));
      onResolve({ filter: /^\./ }, ({ kind, importer }) =>
        kind === 'dynamic-import' && importer === FORMATS ? { external: true } : undefined,
      );
    },
  };
  const hex = {
    name: 'hex',
    setup({ onLoad }) {
      onLoad({ filter: /.*/, namespace: 'hex' }, async ({ path }) => ({
        contents: `export default ${JSON.stringify((await readFile(path)).toString('hex'))};`,
      }));
    },
  };
  return build({
    entryPoints: [join(ROOT, 'bindings/cli/start.ts')],
    outfile: PROGRAM,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    // `index` registers its kernels in a statement, which `sideEffects: false` would let the bundler drop.
    ignoreAnnotations: true,
    plugins: [onlyKernels, hex],
  });
}

function newest(folder) {
  return Math.max(
    ...readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => modified(join(entry.parentPath, entry.name))),
  );
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}
