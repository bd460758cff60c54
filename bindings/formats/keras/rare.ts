import { mayTransform, plainOperators } from '../../graph/plain-operators.js';
import type { Kit } from './kit.js';
import { ATTENTION } from './layers/attention.js';
import { BORDERS } from './layers/borders.js';
import { CONVOLUTIONAL_LSTMS } from './layers/convolutional-lstm.js';
import { CONVOLUTIONS } from './layers/convolutions.js';
import { EINSUM_DENSE } from './layers/einsum-dense.js';
import { LAYERS } from './layers/index.js';
import { POOLS } from './layers/pools.js';
import { SCALING } from './layers/scaling.js';
import { buildOperation } from './operations/build-operation.js';
import { OPERATIONS } from './operations/index.js';

/** Every layer there is, and operations on tensors: a file of its own, loaded for the models that have more than the common. */
export const RARE_KIT: Kit = {
  layers: {
    ...LAYERS,
    ...ATTENTION,
    ...BORDERS,
    ...CONVOLUTIONAL_LSTMS,
    ...CONVOLUTIONS,
    ...EINSUM_DENSE,
    ...POOLS,
    ...SCALING,
  },
  operation: buildOperation,
  operations: new Set(Object.keys(OPERATIONS)),
  operators: plainOperators()[''],
  mayTransform,
};
