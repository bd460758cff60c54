/** Compiles every kernel entry of assembly/ for every target: `node build-kernels.mjs`. */
import asc from 'assemblyscript/asc';

/** The modules: the name of the file in build/, and the export list it is compiled from. */
const ENTRIES = { kernels: 'assembly/index.ts', train: 'assembly/train.ts' };

const TARGETS = ['simd', 'relaxed', 'debug'];

/** Static data of the debug builds, their messages, each in its own part of the addresses that the arena leaves unused. */
const DEBUG_BASE = { kernels: 1024, train: 8192 };

for (const [name, entry] of Object.entries(ENTRIES)) {
  for (const target of TARGETS) {
    const out = `build/${name}.${target}`;
    const flags = ['--target', target, '--outFile', `${out}.wasm`, '--textFile', `${out}.wat`];
    if (target === 'debug') flags.push('--memoryBase', String(DEBUG_BASE[name]));
    const { error, stderr } = await asc.main([entry, ...flags]);
    process.stderr.write(stderr.toString());
    if (error) process.exit(1);
  }
}
