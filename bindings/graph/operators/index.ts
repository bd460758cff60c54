import type { OperatorTable } from '../operator.js';
import { CASTS } from './casts.js';
import { COMBINATIONS } from './combinations.js';
import { MAPS } from './maps.js';
import { PADS } from './pads.js';
import { PICKS } from './picks.js';
import { PIECES } from './pieces.js';
import { PRODUCTS } from './products.js';
import { recurrentOperators } from './recurrent-nodes.js';
import { REDUCTIONS } from './reductions.js';
import { SOFTMAX } from './softmax.js';
import { VIEWS } from './views.js';

/** Operators that the models of every format are made of. A function and no constant, so that nothing is made before it is used. */
export function commonOperators(): OperatorTable {
  return { ...leanOperators(), ...PRODUCTS, ...SOFTMAX };
}

/** Of these, what models without products of matrices need. */
export function leanOperators(): OperatorTable {
  return {
    ...CASTS,
    ...COMBINATIONS,
    ...MAPS,
    ...PADS,
    ...PICKS,
    ...PIECES,
    ...recurrentOperators(),
    ...REDUCTIONS,
    ...VIEWS,
  };
}
