import { type Feeds, type GraphModel, outerZeros, STORAGE, type ValueInfo } from '../../graph/index.js';
import { formatDims } from '../../tensor.js';

/** Extents to try the inputs with: a number, or null where sizes are to be tried. */
export type TrialDims = Readonly<Record<string, readonly (number | null)[]>>;

/** What came of running a model on zeros. */
export interface Trial {
  /** The dims that it ran with: `x [1, 7, 80]`. Empty where it did not run. */
  readonly ran: readonly string[];
  /** Why nothing was tried; undefined where something was. */
  readonly untried?: string;
  /** What the model said where no size ran. */
  readonly problem?: string;
}

/** Elements of all inputs together up to which a trial is worth its time, and seconds after which the last size was tried. */
const MOST_ELEMENTS = 2 ** 20;
const MOST_SECONDS = 3;

/** Integers up to which an input may be a shape, and zeros the wrong one; of other numbers one may be a depth or a step. */
const SHAPE_ELEMENTS = 64;

/** Sizes of the first open extent, which is most often the batch, and of all others. */
const SIZES = [
  [1, 7],
  [1, 32],
  [1, 1],
  [1, 100],
  [2, 7],
  [2, 2],
  [1, 400],
] as const;

/** Ranks of an input that does not declare its own. */
const RANKS = [3, 2, 4, 1];

/** Runs a model once. */
export function tryOn(model: GraphModel, feeds: Feeds): Trial {
  try {
    model.run(feeds);
    return { ran: Object.entries(feeds).map(([name, { dims }]) => `${name} ${formatDims(dims)}`) };
  } catch (error) {
    return { ran: [], problem: (error as Error).message };
  }
}

/**
 * Runs a model on zeros until it runs once: what operators say of types, extents and attributes only shows when they are
 * planned. Extents that the model leaves open are tried at several sizes, ranks that it leaves open too.
 *
 * @param given dims to use instead of the declared ones, by the names of the inputs
 * @param onTry called before each run
 */
export function tryOnZeros(model: GraphModel, given: TrialDims = {}, onTry: () => void = () => {}): Trial {
  const shape = model.inputs.find((input) => !Object.hasOwn(given, input.name) && mayBeShape(input));
  if (shape)
    return { ran: [], untried: `input "${shape.name}" may be a shape or a size, of which zeros are the wrong ones` };
  const start = Date.now();
  let problem: string | undefined;
  for (const rank of model.inputs.some((input) => !dimsOf(input, given)) ? RANKS : [0]) {
    for (const sizes of model.inputs.every((input) => isClosed(dimsOf(input, given))) ? [SIZES[0]] : SIZES) {
      const feeds = feedsOf(model.inputs, given, rank, sizes);
      if (!feeds) continue;
      onTry();
      const trial = tryOn(model, feeds);
      if (trial.problem === undefined) return trial;
      problem ??= trial.problem;
      if (Date.now() - start > 1000 * MOST_SECONDS) return { ran: [], problem };
    }
  }
  if (problem === undefined) return { ran: [], untried: `its inputs have more than ${MOST_ELEMENTS} elements` };
  return { ran: [], problem };
}

type Dims = readonly (number | string | null)[] | undefined;

function dimsOf({ name, dims }: ValueInfo, given: TrialDims): Dims {
  return Object.hasOwn(given, name) ? given[name] : dims;
}

function isClosed(dims: Dims): boolean {
  return dims?.every((dim) => typeof dim === 'number') ?? false;
}

function mayBeShape({ dtype = 'float32', dims }: ValueInfo): boolean {
  if (!dims || !isClosed(dims)) return false;
  const size = dims.reduce((product: number, dim) => product * (dim as number), 1);
  return size <= (STORAGE[dtype].integer ? SHAPE_ELEMENTS : 1);
}

/** Zeros for all inputs; one open extent of a name has one size everywhere. Undefined where they are too many. */
function feedsOf(
  inputs: readonly ValueInfo[],
  given: TrialDims,
  rank: number,
  [first, rest]: readonly [number, number],
): Feeds | undefined {
  const named = new Map<string, number>();
  const feeds: Record<string, Feeds[string]> = {};
  let elements = 0;
  for (const input of inputs) {
    const { name, dtype = 'float32' } = input;
    const dims = (dimsOf(input, given) ?? new Array<null>(rank).fill(null)).map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      const size = (dim !== null && named.get(dim)) || (axis === 0 ? first : rest);
      if (dim !== null) named.set(dim, size);
      return size;
    });
    const size = dims.reduce((product, dim) => product * dim, 1);
    elements += size;
    if (!(elements <= MOST_ELEMENTS)) return undefined;
    feeds[name] = { data: outerZeros(dtype, size), dims };
  }
  return feeds;
}
