/**
 * Compiles every kernel entry of assembly/ for every target into build/: `node build-kernels.mjs`.
 * As a worker thread it compiles one of them: `workerData` is { name, target, folder }.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import asc from 'assemblyscript/asc';
import binaryen from 'binaryen';

/** The modules: the name of the file in build/, and the export list it is compiled from. */
const ENTRIES = {
  kernels: 'assembly/index.ts',
  train: 'assembly/train.ts',
  graph: 'assembly/graph.ts',
  spectra: 'assembly/spectra.ts',
};

const TARGETS = ['simd', 'relaxed', 'debug'];

/** Static data of each module, in its own part of the addresses that the arena leaves unused: a memory may have both. */
const STATIC_BASE = { kernels: 1024, train: 4608, graph: 10240, spectra: 14336 };

/** The optimizer stops after a number of rounds whether or not the last one changed something, and says so: no fault. */
const SUBOPTIMAL = /^Last converge was suboptimal\.\n?/gm;

async function compile(name, target, folder) {
  const out = `${folder}/${name}.${target}`;
  const own = OURS.includes(name) && target !== 'debug';
  const files = ['--outFile', `${out}.wasm`, '--textFile', `${out}.wat`];
  // Names go into the text of a module, by which tests know its functions; `optimize` leaves them out of the module.
  const flags = ['--target', target, '--memoryBase', String(STATIC_BASE[name]), ...files, ...(own ? AS_WRITTEN : [])];
  const { error, stderr } = await asc.main([ENTRIES[name], '--baseDir', import.meta.dirname, ...flags]);
  process.stderr.write(stderr.toString().replace(SUBOPTIMAL, ''));
  if (error) process.exit(1);
  if (own) optimize(out);
  if (target === 'debug') shrink(out);
}

/** Modules that `optimize` makes: those that are carried as text, twice, by every bundle that needs them. */
const OURS = ['kernels', 'train', 'graph', 'spectra'];

/** What asc hands over to `optimize`: no pass of its own has run, and functions have their names. */
const AS_WRITTEN = ['--optimizeLevel', '0', '--shrinkLevel', '0', '--debug'];

/** Halves the bytes of a debug build. Its text is left as it is: tests know by it which functions there are before anything is inlined. */
function shrink(out) {
  const module = binaryen.readBinary(readFileSync(`${out}.wasm`));
  module.setFeatures(binaryen.Features.SIMD128);
  binaryen.setOptimizeLevel(1);
  binaryen.setShrinkLevel(1);
  binaryen.setAlwaysInlineMaxSize(2);
  binaryen.setOneCallerInlineMaxSize(0);
  // A stack trace names functions.
  binaryen.setDebugInfo(true);
  module.optimize();
  writeFileSync(`${out}.wasm`, module.emitBinary());
  module.dispose();
}

/**
 * Optimises the kernels of the core and of training, which bundles carry twice, without copies of what is called at more than one
 * place: a tenth of the bytes of asc's own optimiser (compressed), at its speed. What an inner loop calls says `@inline`.
 */
function optimize(out) {
  const module = binaryen.readBinary(readFileSync(`${out}.wasm`));
  module.setFeatures(binaryen.Features.SIMD128 | binaryen.Features.RelaxedSIMD);
  binaryen.setOptimizeLevel(3);
  // At 1 an LSTM's step takes 3 to 5 % longer, for 170 bytes; a training step of 128 units 2 %, for 200.
  binaryen.setShrinkLevel(0);
  binaryen.setAlwaysInlineMaxSize(12);
  binaryen.setOneCallerInlineMaxSize(400);
  binaryen.setDebugInfo(true);
  module.optimize();
  writeFileSync(`${out}.wat`, module.emitStackIR());
  binaryen.setDebugInfo(false);
  writeFileSync(`${out}.wasm`, module.emitBinary());
  module.dispose();
}

if (workerData) await compile(workerData.name, workerData.target, workerData.folder);
else {
  for (const name of Object.keys(ENTRIES)) for (const target of TARGETS) await compile(name, target, 'build');
}
