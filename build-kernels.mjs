/**
 * Compiles every kernel entry of assembly/ for every target into build/: `node build-kernels.mjs`.
 * As a worker thread it compiles one of them: `workerData` is { name, target, folder }.
 */
import { workerData } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

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
  const files = ['--outFile', `${out}.wasm`, '--textFile', `${out}.wat`];
  const flags = ['--target', target, '--memoryBase', String(STATIC_BASE[name]), ...files];
  const { error, stderr } = await asc.main([ENTRIES[name], '--baseDir', import.meta.dirname, ...flags]);
  process.stderr.write(stderr.toString().replace(SUBOPTIMAL, ''));
  if (error) process.exit(1);
}

if (workerData) await compile(workerData.name, workerData.target, workerData.folder);
else {
  for (const name of Object.keys(ENTRIES)) for (const target of TARGETS) await compile(name, target, 'build');
}
