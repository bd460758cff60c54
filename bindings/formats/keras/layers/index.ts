import { ACTIVATIONS } from './activations.js';
import { DENSE } from './dense.js';
import type { LayerTable } from './layer.js';
import { MERGING } from './merging.js';
import { NORMALIZATIONS } from './normalization.js';
import { SHAPES } from './shapes.js';
import { TEMPORAL } from './temporal.js';
import { RECURRENT } from './wrappers.js';

/** Every layer there is, but models and their inputs. */
export const LAYERS: LayerTable = {
  ...ACTIVATIONS,
  ...DENSE,
  ...MERGING,
  ...NORMALIZATIONS,
  ...SHAPES,
  ...TEMPORAL,
  ...RECURRENT,
};
