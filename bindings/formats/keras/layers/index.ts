import { ACTIVATIONS } from './activations.js';
import { DENSE } from './dense.js';
import type { LayerTable } from './layer.js';
import { MERGING } from './merging.js';
import { NORMALIZATIONS } from './normalization.js';
import { SHAPES } from './shapes.js';
import { RECURRENT } from './wrappers.js';

/** The layers that nearly every recurrent model is made of; the others are in rare.ts. */
export const LAYERS: LayerTable = {
  ...ACTIVATIONS,
  ...DENSE,
  ...MERGING,
  ...NORMALIZATIONS,
  ...RECURRENT,
  ...SHAPES,
};
