import { ELEMENTWISE } from './elementwise.js';
import { LENGTHS } from './lengths.js';
import type { OperationTable } from './operation.js';
import { PRODUCTS } from './products.js';
import { REDUCTIONS } from './reductions.js';
import { SHAPES } from './shapes.js';
import { WINDOWS } from './windows.js';

/** The operations of `keras.ops` that a model of Keras 3 may apply to its tensors, by their classes. */
export const OPERATIONS: OperationTable = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...SHAPES,
  ...PRODUCTS,
  ...LENGTHS,
  ...WINDOWS,
};
