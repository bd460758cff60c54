/** Compiles every kernel entry of assembly/ for every target: `node build-kernels.mjs`. */
import asc from 'assemblyscript/asc';

/** The modules: the name of the file in build/, and the export list it is compiled from. */
const ENTRIES = { kernels: 'assembly/index.ts', train: 'assembly/train.ts', graph: 'assembly/graph.ts' };

const TARGETS = ['simd', 'relaxed', 'debug'];

/** Static data of each module, in its own part of the addresses that the arena leaves unused: a memory may have both. */
const STATIC_BASE = { kernels: 1024, train: 8192, graph: 12288 };

for (const [name, entry] of Object.entries(ENTRIES)) {
  for (const target of TARGETS) {
    const out = `build/${name}.${target}`;
    const files = ['--outFile', `${out}.wasm`, '--textFile', `${out}.wat`];
    const flags = ['--target', target, '--memoryBase', String(STATIC_BASE[name]), ...files];
    const { error, stderr } = await asc.main([entry, ...flags]);
    process.stderr.write(stderr.toString());
    if (error) process.exit(1);
  }
}
