import type { Registry } from '../registry.js';
import { COMBINATIONS } from './combinations.js';
import { CONSTANTS } from './constants.js';
import { MAPS } from './maps.js';
import { PRODUCTS } from './products.js';
import { RECURRENT } from './recurrent.js';
import { VIEWS } from './views.js';

/** Every operator there is, by domain. */
export const operators: Registry = {
  '': { ...COMBINATIONS, ...CONSTANTS, ...MAPS, ...PRODUCTS, ...RECURRENT, ...VIEWS },
};
