import type { OperatorTable } from '../operator.js';
import type { Registry } from '../registry.js';
import { AROUND_INTEGERS } from './around-integers.js';
import { ATTENTION } from './attention.js';
import { AXIS_NORMS } from './axis-norms.js';
import { BITS } from './bits.js';
import { BLOCKS } from './blocks.js';
import { CASTS } from './casts.js';
import { COMBINATIONS } from './combinations.js';
import { CONVOLUTIONS } from './convolution.js';
import { DRAWS } from './draws.js';
import { EINSUM } from './einsum.js';
import { FILLS } from './fills.js';
import { FUSED } from './fused.js';
import { INTEGER_PRODUCTS, MICROSOFT_PRODUCTS } from './integer-products.js';
import { MAPS } from './maps.js';
import { NORMALIZATIONS } from './normalizations.js';
import { ORDERS } from './orders.js';
import { PADS } from './pads.js';
import { PICKS } from './picks.js';
import { PIECES } from './pieces.js';
import { POOLS } from './pools.js';
import { PRODUCTS } from './products.js';
import { MICROSOFT_QUANTIZATION, QUANTIZATION } from './quantization.js';
import { QUANTIZED_LSTM } from './quantized-lstm.js';
import { REARRANGEMENTS } from './rearrangements.js';
import { RECURRENT } from './recurrent-nodes.js';
import { REDUCTIONS } from './reductions.js';
import { RESIZE } from './resize.js';
import { SCATTERS } from './scatters.js';
import { SOFTMAX } from './softmax.js';
import { SPECTRA } from './spectra.js';
import { TRANSPOSED_CONVOLUTIONS } from './transposed-convolution.js';
import { VIEWS } from './views.js';

/**
 * Operators that the models of other formats are made of. Apart from the rest, and functions and no constants: what only ONNX
 * names is then not in their bundle.
 */
export function commonOperators(): OperatorTable {
  return {
    ...CASTS,
    ...COMBINATIONS,
    ...CONVOLUTIONS,
    ...EINSUM,
    ...MAPS,
    ...NORMALIZATIONS,
    ...ORDERS,
    ...PADS,
    ...PICKS,
    ...PIECES,
    ...POOLS,
    ...PRODUCTS,
    ...RECURRENT,
    ...REDUCTIONS,
    ...SOFTMAX,
    ...VIEWS,
  };
}

let all: Registry | undefined;

/** Every operator there is, by domain. */
export function allOperators(): Registry {
  all ??= {
    '': {
      ...commonOperators(),
      ...AXIS_NORMS,
      ...BLOCKS,
      ...ATTENTION,
      ...BITS,
      ...DRAWS,
      ...FILLS,
      ...INTEGER_PRODUCTS,
      ...QUANTIZATION,
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
