/** Fourier transforms, for graphs and for what makes features of sound. Bundled by itself: both import it as it is shipped. */
export type { SpectraKernels } from './abi.js';
export { FrameTransform } from './frame-transform.js';
export { spectraKernels } from './kernels.js';
export { hasFastTransform, transformRoom, transformTable } from './tables.js';
