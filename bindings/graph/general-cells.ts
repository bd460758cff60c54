/**
 * RNN, LSTM and GRU with every option, and the cells behind them. Bundled by itself: nearly every model has cells that the core's
 * kernels compute, and loads without.
 */
import { UNUSUAL_CELLS } from '../cells/general/unusual-cells.js';
import type { OperatorTable } from './operator.js';
import { doubleRecurrent } from './operators/recurrent-doubles.js';
import { recurrentOperators } from './operators/recurrent-nodes.js';

export type { Activation } from '../cells/general/activation.js';
export { activationName, type RowFunction, rowFunction } from '../cells/general/row-functions.js';
export { UNUSUAL_CELLS } from '../cells/general/unusual-cells.js';

let general: OperatorTable | undefined;

/** These operators. */
export function generalCells(): OperatorTable {
  general ??= recurrentOperators({ cells: UNUSUAL_CELLS, doubles: doubleRecurrent });
  return general;
}
