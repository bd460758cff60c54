/** Every operator, and the planners of loops and sequences. Bundled by itself: most models need none of those that are added here, and load without them. */

import { generalCells } from './general-cells.js';
import { AROUND_INTEGERS } from './operators/around-integers.js';
import { ATTENTION } from './operators/attention.js';
import { AXIS_NORMS } from './operators/axis-norms.js';
import { BITS } from './operators/bits.js';
import { BLOCKS } from './operators/blocks.js';
import { DRAWS } from './operators/draws.js';
import { EINSUM } from './operators/einsum.js';
import { FUSED } from './operators/fused.js';
import { INTEGER_PRODUCTS, MICROSOFT_PRODUCTS } from './operators/integer-products.js';
import { NORMALIZATIONS } from './operators/normalizations.js';
import { ORDERS } from './operators/orders.js';
import { POOLS } from './operators/pools.js';
import { MICROSOFT_QUANTIZATION, QUANTIZATION } from './operators/quantization.js';
import { QUANTIZED_LSTM } from './operators/quantized-lstm.js';
import { RARE_MAPS } from './operators/rare-maps.js';
import { REARRANGEMENTS } from './operators/rearrangements.js';
import { RESIZE } from './operators/resize.js';
import { SCATTERS } from './operators/scatters.js';
import { SPECTRA } from './operators/spectra.js';
import { TRANSPOSED_CONVOLUTIONS } from './operators/transposed-convolution.js';
import { plainOperators } from './plain-operators.js';
import type { Registry } from './registry.js';

export { REPETITIONS } from './control/repetitions.js';

let all: Registry | undefined;

/** Every operator there is, by domain. */
export function allOperators(): Registry {
  all ??= {
    '': {
      ...plainOperators()[''],
      ...generalCells(),
      ...AXIS_NORMS,
      ...BLOCKS,
      ...ATTENTION,
      ...BITS,
      ...DRAWS,
      ...EINSUM,
      ...INTEGER_PRODUCTS,
      ...NORMALIZATIONS,
      ...ORDERS,
      ...POOLS,
      ...QUANTIZATION,
      ...RARE_MAPS,
      ...REARRANGEMENTS,
      ...RESIZE,
      ...TRANSPOSED_CONVOLUTIONS,
      ...SCATTERS,
      ...SPECTRA,
    },
    'com.microsoft': {
      ...AROUND_INTEGERS,
      ...FUSED,
      ...MICROSOFT_PRODUCTS,
      ...MICROSOFT_QUANTIZATION,
      ...QUANTIZED_LSTM,
    },
  };
  return all;
}
