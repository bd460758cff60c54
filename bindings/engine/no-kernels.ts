import { HiddenstateError } from '../errors.js';
import type { EmbeddedKernels } from './embedded.js';

/** Takes the place of `embeddedKernels` and `hostKernels` in `hiddenstate/core`, which carries no kernels. */
export const noKernels: EmbeddedKernels = () => {
  throw new HiddenstateError(
    'HOST',
    'hiddenstate/core: got no kernels, expected { engine: createEngine({ source }) } with the bytes of ' +
      'hiddenstate/kernels.simd.wasm, or an import from "hiddenstate", which embeds them',
  );
};
