/** The package in the world: installed from its tarball, used by the projects in consumers/. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LSTMGolden, loadGoldens } from '../golden/read.js';
import { ROOT } from '../structure/import-graph.js';
import { relativeError } from '../support/compare.js';
import { torchCases } from '../torch/cases.js';
import { installConsumers, pack, run, temporaryFolder } from './pack.js';

/** The README promises an LSTM in so many bytes, kernels included. */
const BUDGET = 15.75 * 1024;

/** And training, everything that hiddenstate/train exports with the modules that it trains, without what a call of `fit` loads. The aim is 48. */
const TRAIN_BUDGET = 49 * 1024;

/**
 * Further entries, dependencies and kernels included, without the files that are loaded for the models that need them. For the
 * one of onnx onnxruntime-web takes 2.4 MB.
 */
const ENTRY_BUDGETS = [
  { name: 'onnx', shown: 'loadOnnx', budget: 61 * 1024, kernels: true },
  { name: 'keras', shown: 'loadKeras', budget: 80 * 1024, kernels: true },
  // What tells formats apart; a reader comes with the first file, and what fetches one with the first address.
  { name: 'files', shown: 'openModel', budget: 4096, kernels: false },
  { name: 'torch', shown: 'readTorch', budget: 12 * 1024, kernels: false },
  // Of which the kernels are 14 and the runtime of graphs is most of the rest.
  { name: 'audio', shown: 'Vad', budget: 60 * 1024, kernels: true },
];

/** Milliseconds of the processors from the import to a first result, compilation included. */
const MOST_START_UP = 60;

/** A module of kernels in hexadecimal: `\0asm`, version 1, and a thousand bytes at least. */
const KERNELS = /0061736d0100[0-9a-f]{2000}/;

const golden = loadGoldens('lstm').find(
  ({ name }) => name === 'lstm-grid-l3-proj6-h13-i1-t11-tf-unbatched-state',
) as LSTMGolden;

/** A state dict that PyTorch wrote. */
const checkpoint = torchCases().flatMap(({ cases }) => cases)[0];

/** The case as JSON that any program reads: numbers in full, which float32 is as decimal float64. */
function goldenJson(): string {
  return JSON.stringify({ ...golden, expected: undefined }, (_, value) =>
    value instanceof Float32Array ? [...value] : value,
  );
}

function tsc(folder: string): string {
  return run(folder, process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.');
}

/** What a user's bundler makes of an entry. */
async function minified(folder: string, entry: string): Promise<string> {
  const options = { bundle: true, minify: true, format: 'esm', write: false } as const;
  const { outputFiles } = await build({ ...options, entryPoints: [join(folder, entry)] });
  return outputFiles[0].text;
}

/** What a user's bundler makes of an entry for a page: the files that are loaded with it, without those that wait for a model. */
async function atFirst(folder: string, entry: string): Promise<string[]> {
  const options = { bundle: true, minify: true, format: 'esm', splitting: true, write: false, metafile: true } as const;
  const outdir = join(folder, 'split');
  const { outputFiles, metafile } = await build({ ...options, outdir, entryPoints: [join(folder, entry)] });
  const { outputs } = metafile;
  const [first] = Object.keys(outputs).filter((name) => outputs[name].entryPoint?.endsWith(entry));
  const loaded = new Set([first]);
  for (const name of loaded) {
    for (const { path, kind } of outputs[name].imports) if (kind === 'import-statement') loaded.add(path);
  }
  const names = [...loaded].map((name) => name.slice(name.lastIndexOf('/')));
  return outputFiles.filter(({ path }) => names.some((name) => path.endsWith(name))).map(({ text }) => text);
}

async function rolledUp(input: string): Promise<string> {
  const bundle = await rollup({ input, external: /^node:/, plugins: [nodeResolve()] });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  return output[0].code;
}

function brotliSize(text: string): number {
  return brotliCompressSync(text).length;
}

function expectGoldenNumbers(stdout: string): void {
  const error = relativeError(JSON.parse(stdout), golden.expected.output.data);
  expect(error).toBeLessThanOrEqual(5e-6 * golden.options.numLayers + 2 * golden.sensitivity);
}

/** Every name that the declarations of an entry export. */
function exportedNames(path: string): string[] {
  const program = ts.createProgram([path], { module: ts.ModuleKind.NodeNext });
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol;
  return checker.getExportsOfModule(symbol).map(({ name }) => name);
}

describe('a consumer', { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  afterAll(() => folder.remove());
  beforeAll(() => {
    installConsumers(folder.path, pack(folder.path), ['onnxruntime-common']);
    for (const name of ['bundler', 'nodenext', 'node', 'commonjs']) {
      writeFileSync(join(at(name), 'golden.json'), goldenJson());
    }
    const file = Buffer.from(checkpoint.file).toString('base64');
    writeFileSync(join(at('nodenext'), 'checkpoint.json'), JSON.stringify({ file }));
  }, 120_000);

  it.each(['plain', 'core', 'debug', 'stream'])('in plain Node: %s.js prints the golden numbers', (script) => {
    expectGoldenNumbers(run(at('node'), process.execPath, `${script}.js`));
  });

  it('on the command line: hiddenstate help says what there is', () => {
    const help = run(folder.path, at('node_modules/.bin/hiddenstate'), 'help');
    for (const command of ['inspect', 'run', 'bench', 'help']) expect(help).toContain(command);
  });

  it('in CommonJS: require gives the library, which prints the golden numbers', () => {
    expectGoldenNumbers(run(at('commonjs'), process.execPath, 'require.js'));
  });

  it('in TypeScript, module nodenext: compiles strictly, prints the golden numbers', () => {
    expect(tsc(at('nodenext'))).toBe('');
    expectGoldenNumbers(run(at('nodenext'), process.execPath, 'out/golden.js'));
    expect(JSON.parse(run(at('nodenext'), process.execPath, 'out/surface.js'))).toEqual([14, 3, 2, true]);
    expect(JSON.parse(run(at('nodenext'), process.execPath, 'out/parallel.js'))).toEqual([[3, 4, 2], true, 8]);
    expect(JSON.parse(run(at('nodenext'), process.execPath, 'out/train.js'))).toEqual([3, 6, true, true]);
    expect(JSON.parse(run(at('nodenext'), process.execPath, 'out/fit.js'))).toEqual([2, 3, 3, 6, 3, 6, true, 1]);
    expect(JSON.parse(run(at('nodenext'), process.execPath, 'out/tasks.js'))).toEqual(['object', 1, 7, 5]);
  });

  it('in TypeScript, module nodenext: fits the models of hiddenstate/sequence', () => {
    const shown = JSON.parse(run(at('nodenext'), process.execPath, 'out/sequence.js'));
    expect(shown).toEqual([[5, 5, 5], 2, 'b', 3]);
  });

  it('in TypeScript, module nodenext: runs a model with hiddenstate/onnx', () => {
    const shown = JSON.parse(run(at('nodenext'), process.execPath, 'out/onnx.js'));
    expect(shown).toEqual([['float32'], [2, 2], [[7, 6, 0, 0]], 2, 0, 1, ['w']]);
  });

  it('in TypeScript, module nodenext: runs a model with hiddenstate/ort, and under onnxruntime-common', () => {
    const shown = JSON.parse(run(at('nodenext'), process.execPath, 'out/ort.js'));
    const y = ['float32', [2, 2], [7, 6, 0, 0]];
    expect(shown).toEqual([['x'], y, y]);
  });

  it('in TypeScript, module nodenext: runs a model with hiddenstate/keras', () => {
    const shown = JSON.parse(run(at('nodenext'), process.execPath, 'out/keras.js'));
    expect(shown).toEqual([['float32'], [[3, 6, 20]], [3, 6, 20], 3, 1]);
  });

  it('in TypeScript, module nodenext: reads a file of PyTorch with hiddenstate/torch', () => {
    const shown = JSON.parse(run(at('nodenext'), process.execPath, 'out/torch.js'));
    const { tensors } = checkpoint;
    const sizes = tensors.map(({ dims }) => dims.reduce((a, b) => a * b, 1));
    expect(shown).toEqual([tensors.map(({ name }) => name), sizes, tensors.map(({ dtype }) => dtype)]);
  });

  it.each([
    ['hiddenstate', 'index.d.ts', ['surface.ts', 'tasks.ts'], 'LSTM'],
    ['hiddenstate/keras', 'formats/keras/index.d.ts', ['keras.ts'], 'loadKeras'],
    ['hiddenstate/onnx', 'formats/onnx/index.d.ts', ['onnx.ts'], 'loadOnnx'],
    ['hiddenstate/parallel', 'parallel/index.d.ts', ['parallel.ts'], 'Pool'],
    ['hiddenstate/torch', 'formats/torch/index.d.ts', ['torch.ts'], 'readTorch'],
    ['hiddenstate/train', 'train/index.d.ts', ['train.ts', 'fit.ts', 'tasks.ts'], 'Tape'],
    ['hiddenstate/train/node', 'train-node.d.ts', ['fit.ts'], 'checkpointFile'],
  ])('in TypeScript, module nodenext: touches every exported name of %s', (entry, types, files, known) => {
    const source = files.map((file) => readFileSync(join(at('nodenext'), file), 'utf8')).join('\n');
    expect(ts.preProcessFile(source).importedFiles.map(({ fileName }) => fileName)).toContain(entry);
    const names = exportedNames(at(`node_modules/hiddenstate/dist/types/${types}`));
    expect(names).toContain(known);
    expect(names.filter((name) => (source.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length < 2)).toEqual([]);
  });

  it('with a bundler: type-checks, and what esbuild makes prints the golden numbers', async () => {
    expect(tsc(at('bundler'))).toBe('');
    writeFileSync(at('bundled.mjs'), await minified(at('bundler'), 'main.ts'));
    expectGoldenNumbers(run(folder.path, process.execPath, 'bundled.mjs'));
  });

  it('with a bundler: what rollup makes prints the golden numbers', async () => {
    const code = await rolledUp(at('node/plain.js'));
    expect(code.includes("from 'hiddenstate'")).toBe(false);
    writeFileSync(join(at('node'), 'bundled.js'), code);
    expectGoldenNumbers(run(at('node'), process.execPath, 'bundled.js'));
  });

  it(`pays at most ${BUDGET} bytes for an LSTM, minified and compressed`, async () => {
    const lstm = await minified(at('bundler'), 'lstm.ts');
    console.log(`import { LSTM } from 'hiddenstate': ${lstm.length} bytes minified, ${brotliSize(lstm)} with brotli`);
    expect(lstm).toMatch(KERNELS);
    expect(brotliSize(lstm)).toBeLessThanOrEqual(BUDGET);
  });

  it(`pays at most ${TRAIN_BUDGET} bytes for hiddenstate/train and the library under it, minified and compressed`, async () => {
    const files = await atFirst(at('bundler'), 'train.ts');
    const size = files.reduce((sum, each) => sum + brotliSize(each), 0);
    const whole = brotliSize(await minified(at('bundler'), 'train.ts'));
    console.log(
      `hiddenstate/train with all modules that it trains: ${size} bytes with brotli, ${whole} with what fit loads`,
    );
    expect(files.join('').match(new RegExp(KERNELS, 'g'))).toHaveLength(4);
    expect(size).toBeLessThanOrEqual(TRAIN_BUDGET);
  });

  it.each([
    ['rollup', (folder: string) => rolledUp(join(folder, 'softmax.ts'))],
    ['esbuild', (folder: string) => minified(folder, 'softmax.ts')],
  ])('gets no kernels with a function that needs none, from %s', async (bundler, make) => {
    const code = await make(at('bundler'));
    console.log(`import { softmax } from 'hiddenstate': ${code.length} bytes with ${bundler}`);
    expect(code.includes('softmax')).toBe(true);
    expect(code).not.toMatch(KERNELS);
    expect(code.length).toBeLessThan(20_000);
  });

  it('gets no kernels from hiddenstate/core', async () => {
    const core = await minified(at('bundler'), 'core-lstm.ts');
    console.log(`import { LSTM } from 'hiddenstate/core': ${brotliSize(core)} bytes with brotli`);
    expect(core).not.toMatch(KERNELS);
  });

  it.each(ENTRY_BUDGETS)(
    'pays at most $budget bytes for hiddenstate/$name, minified and compressed',
    async ({ name, shown, budget, kernels }) => {
      const files = await atFirst(at('bundler'), `${name}.ts`);
      const code = files.join('');
      const size = files.reduce((sum, each) => sum + brotliSize(each), 0);
      console.log(
        `import { ${shown} } from 'hiddenstate/${name}': ${code.length} bytes minified, ${size} with brotli, in ${files.length} files`,
      );
      expect(KERNELS.test(code)).toBe(kernels);
      expect(size).toBeLessThanOrEqual(budget);
    },
  );

  it('gets no kernels with a classical model from hiddenstate/sequence', async () => {
    const code = await minified(at('bundler'), 'autoregression.ts');
    console.log(`import { Autoregression } from 'hiddenstate/sequence': ${brotliSize(code)} bytes with brotli`);
    expect(code).not.toMatch(KERNELS);
  });

  it('has its first result soon after the import', () => {
    const runs = Array.from({ length: 7 }, () => JSON.parse(run(at('node'), process.execPath, 'start-up.js')));
    runs.sort((a, b) => a.total - b.total);
    const [best, median] = [runs[0], runs[3]].map(({ total }) => total.toFixed(1));
    console.log(`import to first result of a small LSTM: ${median} ms (median of ${runs.length}; best ${best} ms)`);
    for (const { result } of runs) expect(result).toBeGreaterThan(0);
    // Time of the processors: the clock counts what else the machine does.
    expect(Math.min(...runs.map(({ cpu }) => cpu))).toBeLessThan(MOST_START_UP);
  });
});
