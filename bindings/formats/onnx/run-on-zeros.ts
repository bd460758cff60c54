import { type Feeds, type GraphModel, outerZeros, STORAGE } from '../../graph/index.js';

/** Elements of all inputs together up to which a trial is worth its time. */
const MOST_ELEMENTS = 2 ** 20;

/** Integers up to which an input may be a shape, and zeros the wrong one; of other numbers one may be a depth or a step. */
const SHAPE_ELEMENTS = 64;

/**
 * Runs a model once on zeros, if it declares all extents of all inputs and none of them may be a shape: what operators say of
 * types, extents and attributes only shows when it is planned.
 *
 * @throws as `model.run`
 */
export function runOnZeros(model: GraphModel): void {
  const feeds: Record<string, Feeds[string]> = {};
  let elements = 0;
  for (const { name, dtype = 'float32', dims } of model.inputs) {
    if (!dims?.every((dim) => typeof dim === 'number')) return;
    const size = dims.reduce((product, dim) => product * dim, 1);
    elements += size;
    const mayBeShape = size <= (STORAGE[dtype].integer ? SHAPE_ELEMENTS : 1);
    if (mayBeShape || !(elements <= MOST_ELEMENTS)) return;
    feeds[name] = { data: outerZeros(dtype, size), dims };
  }
  model.run(feeds);
}
