import type { OperatorTable } from '../operator.js';
import type { Registry } from '../registry.js';
import { CASTS } from './casts.js';
import { COMBINATIONS } from './combinations.js';
import { CONVOLUTIONS } from './convolution.js';
import { EINSUM } from './einsum.js';
import { FILLS } from './fills.js';
import { MAPS } from './maps.js';
import { NORMALIZATIONS } from './normalizations.js';
import { ORDERS } from './orders.js';
import { PADS } from './pads.js';
import { PICKS } from './picks.js';
import { PIECES } from './pieces.js';
import { POOLS } from './pools.js';
import { PRODUCTS } from './products.js';
import { RECURRENT } from './recurrent-nodes.js';
import { REDUCTIONS } from './reductions.js';
import { SOFTMAX } from './softmax.js';
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

let plain: Registry | undefined;

/** What nearly every ONNX file is made of; all that there is, is in `all-operators.ts`, which is loaded for files that need it. */
export function plainOperators(): Registry {
  plain ??= { '': { ...commonOperators(), ...FILLS } };
  return plain;
}
