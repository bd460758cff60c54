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

/** Elements of all inputs together up to which a trial is worth its time. */
const MOST_ELEMENTS = 2 ** 20;
/** Milliseconds for all sizes together: when they are over, none is begun. Sizes that fail mostly fail at once. */
const BUDGET = 1000;

/** Integers up to which an input may be a shape, and zeros the wrong one; of other numbers one may be a depth or a step. */
const SHAPE_ELEMENTS = 64;

/** Sizes of an open first extent, which is most often the batch, of an open second one, which may be channels, and of all others. */
type Sizes = readonly [first: number, second: number, rest: number];

const SIZES: readonly Sizes[] = [
  [1, 7, 7],
  [1, 32, 32],
  [1, 1, 1],
  [1, 100, 100],
  [2, 7, 7],
  [2, 2, 2],
  [1, 400, 400],
];

/** Extents of weights that are tried as extents of inputs. */
const MOST_EXTENTS = 8;

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
 * planned. Extents that the model leaves open are tried at several sizes, those of its weights among them, ranks that it leaves open
 * too. Few numbers may be scales, which are never 0: they are tried as ones as well.
 *
 * @param given dims to use instead of the declared ones, by the names of the inputs
 * @param weights dims of the model's weights
 * @param onTry called before each run
 */
export function tryOnZeros(
  model: GraphModel,
  given: TrialDims = {},
  weights: readonly Dims[] = [],
  onTry: () => void = () => {},
): Trial {
  const shape = model.inputs.find((input) => !Object.hasOwn(given, input.name) && mayBeShape(input));
  if (shape)
    return { ran: [], untried: `input "${shape.name}" may be a shape or a size, of which zeros are the wrong ones` };
  const start = Date.now();
  const isOpen = model.inputs.some((input) => !isClosed(dimsOf(input, given)));
  const ranks = model.inputs.some((input) => !dimsOf(input, given)) ? RANKS : [0];
  const all = isOpen ? [...SIZES, ...extentsOf(weights).flatMap(sizesWith)] : [SIZES[0]];
  let problem: string | undefined;
  for (const rank of ranks) {
    for (const sizes of all) {
      for (const small of [0, 1]) {
        const feeds = feedsOf(model.inputs, given, rank, sizes, small);
        if (!feeds) continue;
        if (problem !== undefined && Date.now() - start > BUDGET) {
          return {
            ran: [],
            problem: `${problem} (other sizes, which \`dims\` may name, were not tried: the first took too long)`,
          };
        }
        onTry();
        const trial = tryOn(model, feeds);
        if (trial.problem === undefined) return trial;
        problem ??= trial.problem;
      }
    }
  }
  if (problem === undefined) return { ran: [], untried: `its inputs have more than ${MOST_ELEMENTS} elements` };
  return { ran: [], problem };
}

/** Extents that weights have most often: an input that they meet has them, too. Those of grouped filters are products. */
function extentsOf(weights: readonly Dims[]): number[] {
  const counts = new Map<number, number>();
  for (const dims of weights) {
    if (!dims || !isClosed(dims)) continue;
    const sizes = dims as readonly number[];
    for (const extent of new Set([...sizes, sizes.length > 2 ? sizes[0] * sizes[1] : 1])) {
      if (extent > 1 && extent <= MOST_ELEMENTS) counts.set(extent, (counts.get(extent) ?? 0) + 1);
    }
  }
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  return most.slice(0, MOST_EXTENTS).map(([extent]) => extent);
}

function sizesWith(extent: number): Sizes[] {
  return [
    [1, extent, 7],
    [1, 7, extent],
    [1, extent, extent],
    [extent, extent, extent],
  ];
}

type Dims = readonly (number | string | null)[] | undefined;

function dimsOf({ name, dims }: ValueInfo, given: TrialDims): Dims {
  return Object.hasOwn(given, name) ? given[name] : dims;
}

function isClosed(dims: Dims): boolean {
  return dims?.every((dim) => typeof dim === 'number') ?? false;
}

function mayBeShape({ dtype = 'float32', dims }: ValueInfo): boolean {
  if (!dims || !isClosed(dims) || dtype === 'string') return false;
  const size = dims.reduce((product: number, dim) => product * (dim as number), 1);
  return size <= (STORAGE[dtype].integer ? SHAPE_ELEMENTS : 1);
}

/**
 * Zeros for all inputs, or `small` where they are few; one open extent of a name has one size everywhere. Undefined where they are too
 * many, or where ones are asked for and none are few.
 */
function feedsOf(
  inputs: readonly ValueInfo[],
  given: TrialDims,
  rank: number,
  [first, second, rest]: Sizes,
  small: number,
): Feeds | undefined {
  const named = new Map<string, number>();
  const feeds: Record<string, Feeds[string]> = {};
  let elements = 0;
  let few = false;
  for (const input of inputs) {
    const { name, dtype = 'float32' } = input;
    const dims = (dimsOf(input, given) ?? new Array<null>(rank).fill(null)).map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      const size = (dim !== null && named.get(dim)) || (axis === 0 ? first : axis === 1 ? second : rest);
      if (dim !== null) named.set(dim, size);
      return size;
    });
    const size = dims.reduce((product, dim) => product * dim, 1);
    elements += size;
    if (!(elements <= MOST_ELEMENTS)) return undefined;
    const data = outerZeros(dtype, size);
    if (dtype === 'float32' && size <= SHAPE_ELEMENTS) {
      few = true;
      (data as Float32Array).fill(small);
    }
    feeds[name] = { data, dims };
  }
  return few || small === 0 ? feeds : undefined;
}
