import relaxed from 'spectra.relaxed.wasm';
import baseline from 'spectra.simd.wasm';
import { companionKernels } from '../engine/companion.js';
import type { SpectraKernels } from './abi.js';

/** The kernels of spectra over an engine's memory, of the build that the engine runs. */
export const spectraKernels = /*@__PURE__*/ companionKernels<SpectraKernels>('spectra', ({ simd }) =>
  simd === 'relaxed' ? relaxed : baseline,
);
