/** Assembles the ceiling's kernels with the binaryen that AssemblyScript brings: as written, without an optimiser's ideas. */
import binaryen from 'assemblyscript/binaryen';
import { kernelText } from './kernel-text.js';

/**
 * @param build 'baseline' or 'relaxed'
 * @returns the bytes of a wasm module, see `kernel-text.js`
 */
export function buildCeiling(build) {
  const module = binaryen.parseText(kernelText(build === 'relaxed'));
  module.setFeatures(binaryen.Features.SIMD128 | binaryen.Features.RelaxedSIMD);
  if (!module.validate()) throw new Error(`buildCeiling: the ${build} kernels are not valid`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}
