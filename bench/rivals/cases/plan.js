/** What is measured: cells × sizes × ways to call them. */

export const CELLS = ['lstm', 'gru', 'rnn'];

/** Gate blocks of each cell. A linear layer 2H → 4H has the weights of an LSTM. */
export const GATES = { lstm: 4, gru: 3, rnn: 1, linear: 4 };

/** I = H. */
export const SIZES = [16, 32, 64, 128, 256, 512];

/** Steps of one call and sequences of a batch. Streaming carries the state from call to call. */
export const KINDS = {
  streaming: { steps: 1, batch: 1 },
  sequence: { steps: 100, batch: 1 },
  batch: { steps: 100, batch: 32 },
};

/** Products alone, of a linear layer: one vector, and many in one call. */
export const PRODUCTS = {
  gemv: { steps: 1, batch: 1 },
  gemm: { steps: 1, batch: 128 },
};

/** Streams that advance together, one step a call: which cells, of which size, how many at a time. */
export const MANY = {
  models: [
    { cell: 'gru', size: 128 },
    { cell: 'lstm', size: 256 },
  ],
  batches: [1, 4, 16, 32, 64, 128],
};

/** What a run can be narrowed to. */
export const PARTS = [...Object.keys(KINDS), 'many', 'product', 'first'];

/** Whether a case is one step a call with the state carried over. */
export const isStream = ({ kind }) => kind === 'streaming' || kind === 'many';

/**
 * Cases in groups that share a process or a page: one cell called in one way, all sizes.
 *
 * @returns arrays of `{ kind, cell, size, steps, batch }`
 */
export function planGroups({ parts, cells, sizes }) {
  const group = (cell, [kind, shape]) => sizes.map((size) => ({ kind, cell, size, ...shape }));
  const kinds = Object.entries(KINDS).filter(([kind]) => parts.includes(kind));
  const recurrent = kinds.flatMap((kind) => cells.map((cell) => group(cell, kind)));
  const products = parts.includes('product') ? Object.entries(PRODUCTS).map((kind) => group('linear', kind)) : [];
  return [...recurrent, ...(parts.includes('many') ? manyGroups(cells, sizes) : []), ...products];
}

function manyGroups(cells, sizes) {
  const models = MANY.models.filter(({ cell, size }) => cells.includes(cell) && sizes.includes(size));
  return models.map((model) => MANY.batches.map((batch) => ({ kind: 'many', ...model, steps: 1, batch })));
}

/** Multiply-adds of one call with the inputs (W·x) and with the state (U·h). */
export function products({ cell, size, steps, batch }) {
  const each = GATES[cell] * size * size * steps * batch;
  return { input: each, recurrent: each, all: 2 * each };
}

/** Bytes of one of the two weight matrices. */
export function matrixBytes({ cell, size }) {
  return GATES[cell] * size * size * 4;
}
