import type { Registry } from '../registry.js';
import { CASTS } from './casts.js';
import { COMBINATIONS } from './combinations.js';
import { CONVOLUTIONS } from './convolution.js';
import { FILLS } from './fills.js';
import { MAPS } from './maps.js';
import { PADS } from './pads.js';
import { PICKS } from './picks.js';
import { PIECES } from './pieces.js';
import { PRODUCTS } from './products.js';
import { RECURRENT } from './recurrent-nodes.js';
import { REDUCTIONS } from './reductions.js';
import { VIEWS } from './views.js';

let speech: Registry | undefined;

/** What voice activity detectors are made of: a page that has no other models needs no other operators. */
export function speechOperators(): Registry {
  speech ??= {
    '': {
      ...CASTS,
      ...COMBINATIONS,
      ...CONVOLUTIONS,
      ...FILLS,
      ...MAPS,
      ...PADS,
      ...PICKS,
      ...PIECES,
      ...PRODUCTS,
      ...RECURRENT,
      ...REDUCTIONS,
      ...VIEWS,
    },
  };
  return speech;
}
