/**
 * Prints what each ceiling kernel reaches by the bytes of weights that it reads: `node bench/ceiling/run.js`.
 * Node 20 needs `--experimental-wasm-relaxed-simd` for the relaxed half.
 */
import { buildCeiling } from './build.js';
import { Ceiling, speedOf } from './ceiling.js';
import { VARIANTS } from './kernel-text.js';

const KIB = 1024;
const BYTES = [16 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB, 8192 * KIB, 16384 * KIB];

for (const build of ['baseline', 'relaxed']) {
  const bytes = buildCeiling(build);
  if (!WebAssembly.validate(bytes)) {
    console.log(`${build}: not available in ${process.version} as it was started`);
    continue;
  }
  const ceiling = new Ceiling(bytes, BYTES[BYTES.length - 1]);
  const rows = VARIANTS.map((variant) => {
    const speeds = BYTES.map((size) => [
      `${size / KIB} KiB`,
      Number((speedOf(ceiling.runOf(variant, size), 5) / 1e6).toFixed(1)),
    ]);
    return [variant.name, Object.fromEntries(speeds)];
  });
  console.log(`${build}, GMAC/s`);
  console.table(Object.fromEntries(rows));
}
