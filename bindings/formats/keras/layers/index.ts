import { ACTIVATIONS } from './activations.js';
import { ATTENTION } from './attention.js';
import { BORDERS } from './borders.js';
import { CONVOLUTIONAL_LSTMS } from './convolutional-lstm.js';
import { CONVOLUTIONS } from './convolutions.js';
import { DENSE } from './dense.js';
import { EINSUM_DENSE } from './einsum-dense.js';
import type { LayerTable } from './layer.js';
import { MERGING } from './merging.js';
import { NORMALIZATIONS } from './normalization.js';
import { POOLS } from './pools.js';
import { SCALING } from './scaling.js';
import { SHAPES } from './shapes.js';
import { RECURRENT } from './wrappers.js';

/** Every layer there is, but models and their inputs. */
export const LAYERS: LayerTable = {
  ...ACTIVATIONS,
  ...ATTENTION,
  ...BORDERS,
  ...CONVOLUTIONAL_LSTMS,
  ...CONVOLUTIONS,
  ...DENSE,
  ...EINSUM_DENSE,
  ...MERGING,
  ...NORMALIZATIONS,
  ...POOLS,
  ...RECURRENT,
  ...SCALING,
  ...SHAPES,
};
