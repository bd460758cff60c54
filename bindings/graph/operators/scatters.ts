import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxis, sizeOf } from '../dims.js';
import { type Dtype, STORAGE, type Values } from '../dtype.js';
import { type TensorValue, tensorOf } from '../graph.js';
import { planLoops, tightStrides } from '../loops.js';
import { Memory } from '../memory.js';
import type { Known, Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { along } from './along.js';
import { choice } from './choice.js';
import { copyRun, overArrays } from './over-arrays.js';
import { indices, within } from './picks.js';

/** What an element becomes where another is scattered to it. */
const REDUCTIONS: Readonly<Record<string, (old: number, update: number) => number>> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  max: Math.max,
  min: Math.min,
};

/** Input 2, of the type of input 0 and of these dims. */
function updatesOf(site: Site, dims: readonly number[]): Known {
  const updates = site.input(2);
  const { dtype } = site.input(0);
  if (updates.dtype !== dtype) throw typeError(`${site.who}: got updates of ${updates.dtype}, expected ${dtype}`);
  if (updates.dims.join() !== dims.join()) {
    throw rangeError(`${site.who}: got updates ${formatDims(updates.dims)}, expected ${formatDims(dims)}`);
  }
  return updates;
}

const scatterElements: Operator = (site) => {
  const data = site.input(0);
  const at = indices(site, 1);
  const { dtype, dims } = data;
  const axis = resolveAxis(site.attributes.int('axis', 0), dims.length, site);
  if (at.dims.length !== dims.length || at.dims.some((extent, d) => d !== axis && extent > dims[d])) {
    throw rangeError(`${site.who}: got indices ${formatDims(at.dims)}, expected dims within ${formatDims(dims)}`);
  }
  const updates = updatesOf(site, at.dims);
  const reduce = choice(site, 'reduction', REDUCTIONS, 'none');
  const strides = tightStrides(dims);
  const { inner, outer, starts, steps } = planLoops(site, at.dims, [tightStrides(at.dims), strides.with(axis, 0)]);
  const size = sizeOf(dims);
  return overArrays([data, at, updates], { dtype, dims }, (to, o, from, begin) => {
    copyRun(to, o, from[0], begin[0], size);
    for (let k = 0; k < outer; k++) {
      for (let i = 0; i < inner; i++) {
        const here = starts[0][k] + i * steps[0];
        const index = within(from[1][begin[1] + here], dims[axis], site);
        const there = o + starts[1][k] + i * steps[1] + index * strides[axis];
        to[there] = reduce(to[there], from[2][begin[2] + here]);
      }
    }
  });
};

/** Indices whose last axis are places in the first axes of a tensor, past the axes of a batch. */
interface Tuples {
  /** How many. */
  readonly count: number;
  /** Elements at each place. */
  readonly size: number;
  /** Dims of what is at each place. */
  readonly rest: readonly number[];
  /** Where the elements of tuple `i` begin. */
  start(values: Values, first: number, i: number): number;
}

function tuplesOf(site: Site, dims: readonly number[], at: Known, batchRank: number): Tuples {
  const width = at.dims.at(-1) ?? 0;
  const batch = dims.slice(0, batchRank);
  if (
    at.dims.length === 0 ||
    !(batchRank >= 0 && batchRank < at.dims.length) ||
    batchRank + width > dims.length ||
    at.dims.slice(0, batchRank).join() !== batch.join()
  ) {
    const got = `indices ${formatDims(at.dims)} and batch_dims ${batchRank}`;
    throw rangeError(`${site.who}: got ${got}, expected places in the axes of ${formatDims(dims)}`);
  }
  const count = sizeOf(at.dims.slice(0, -1));
  const perBatch = count / sizeOf(batch);
  const strides = tightStrides(dims);
  const batchSize = sizeOf(dims.slice(batchRank));
  const rest = dims.slice(batchRank + width);
  return {
    count,
    size: sizeOf(rest),
    rest,
    start: (values, first, i) => {
      let start = Math.floor(i / perBatch) * batchSize;
      for (let d = 0; d < width; d++) {
        start += within(values[first + i * width + d], dims[batchRank + d], site) * strides[batchRank + d];
      }
      return start;
    },
  };
}

const scatterND: Operator = (site) => {
  const data = site.input(0);
  const at = indices(site, 1);
  const { dtype, dims } = data;
  const { count, size, rest, start } = tuplesOf(site, dims, at, 0);
  const updates = updatesOf(site, [...at.dims.slice(0, -1), ...rest]);
  const reduce = choice(site, 'reduction', REDUCTIONS, 'none');
  const whole = sizeOf(dims);
  return overArrays([data, at, updates], { dtype, dims }, (to, o, from, begin) => {
    copyRun(to, o, from[0], begin[0], whole);
    for (let k = 0; k < count; k++) {
      const there = o + start(from[1], begin[1], k);
      const here = begin[2] + k * size;
      for (let i = 0; i < size; i++) to[there + i] = reduce(to[there + i], from[2][here + i]);
    }
  });
};

const gatherND: Operator = (site) => {
  const data = site.input(0);
  const at = indices(site, 1);
  const tuples = tuplesOf(site, data.dims, at, site.attributes.int('batch_dims', 0));
  const { count, size, rest } = tuples;
  const dims = [...at.dims.slice(0, -1), ...rest];
  return overArrays([data, at], { dtype: data.dtype, dims }, (to, o, from, begin) => {
    for (let k = 0; k < count; k++) {
      copyRun(to, o + k * size, from[0], begin[0] + tuples.start(from[1], begin[1], k), size);
    }
  });
};

/** What an operator makes of its inputs' elements, where these say how many there are: at once if they are known. */
function countedFrom(
  inputs: readonly Known[],
  dtypes: readonly Dtype[],
  compute: (arrays: readonly Values[]) => readonly TensorValue[],
): Prepared {
  const known = inputs.map(({ constant }) => constant?.data);
  if (known.every((data) => data !== undefined)) return { outputs: compute(known).map((constant) => ({ constant })) };
  let made: readonly TensorValue[] = dtypes.map((dtype) => tensorOf(dtype, [0], []));
  return {
    outputs: dtypes.map((dtype, i) => ({ dtype, late: () => made[i] })),
    bind: ({ memory, input }) => {
      const sizes = inputs.map(({ dims }) => sizeOf(dims));
      const views = inputs.map(({ dtype }) => STORAGE[dtype].view);
      const at = inputs.map((_, i) => Memory.index(input(i), views[i]));
      return () => {
        made = compute(views.map((view, i) => memory[view].slice(at[i], at[i] + sizes[i])));
      };
    },
  };
}

/** The slices along an axis where a condition holds; of all elements without an axis. */
const compress: Operator = (site) => {
  const [input, condition] = [site.input(0), site.input(1)];
  const { dtype } = input;
  const flat = !site.attributes.has('axis');
  const dims = flat ? [sizeOf(input.dims)] : input.dims;
  const axis = flat ? 0 : resolveAxis(site.attributes.int('axis'), dims.length, site);
  const { outer, extent, inner } = along(dims, axis);
  if (sizeOf(condition.dims) > extent) {
    throw rangeError(`${site.who}: got ${sizeOf(condition.dims)} conditions, expected at most ${extent}`);
  }
  return countedFrom([input, condition], [dtype], ([values, holds]) => {
    const kept: number[] = [];
    for (let i = 0; i < holds.length; i++) if (holds[i]) kept.push(i);
    const result = STORAGE[dtype].make(outer * kept.length * inner);
    for (let a = 0; a < outer; a++) {
      for (let k = 0; k < kept.length; k++) {
        copyRun(result, (a * kept.length + k) * inner, values, (a * extent + kept[k]) * inner, inner);
      }
    }
    return [{ dtype, dims: dims.with(axis, kept.length), data: result }];
  });
};

const nonZero: Operator = (site) => {
  const { dims } = site.input(0);
  // A scalar counts as one element along one axis.
  const strides = dims.length ? tightStrides(dims) : [1];
  return countedFrom([site.input(0)], ['int64'], ([data]) => {
    const found: number[] = [];
    for (let i = 0; i < data.length; i++) if (data[i] !== 0) found.push(i);
    const at = new Float64Array(strides.length * found.length);
    strides.forEach((stride, d) => {
      found.forEach((i, k) => {
        at[d * found.length + k] = Math.floor(i / stride) % (dims[d] ?? 1);
      });
    });
    return [{ dtype: 'int64', dims: [strides.length, found.length], data: at }];
  });
};

/** Slices along an axis, each once; all elements without an axis. */
const unique: Operator = (site) => {
  const input = site.input(0);
  const { dtype } = input;
  const flat = !site.attributes.has('axis');
  const dims = flat ? [sizeOf(input.dims)] : input.dims;
  const axis = flat ? 0 : resolveAxis(site.attributes.int('axis'), dims.length, site);
  const { outer, extent, inner } = along(dims, axis);
  const isSorted = site.attributes.int('sorted', 1) !== 0;
  return countedFrom([input], [dtype, 'int64', 'int64', 'int64'], ([data]) => {
    const size = outer * inner;
    const place = (i: number, k: number, of: number) => (Math.floor(k / inner) * of + i) * inner + (k % inner);
    const groups = new Map<string, { values: number[]; first: number; count: number }>();
    const keys: string[] = [];
    for (let i = 0; i < extent; i++) {
      const values = Array.from({ length: size }, (_, k) => data[place(i, k, extent)]);
      const key = values.join();
      const group = groups.get(key);
      if (group) group.count++;
      else groups.set(key, { values, first: i, count: 1 });
      keys.push(key);
    }
    const all = [...groups];
    if (isSorted) all.sort(([, a], [, b]) => compareValues(a.values, b.values));
    const places = new Map(all.map(([key], i) => [key, i]));
    const result = STORAGE[dtype].make(all.length * size);
    all.forEach(([, { values }], i) => {
      values.forEach((value, k) => {
        result[place(i, k, all.length)] = value;
      });
    });
    const ints = (values: number[]) => tensorOf('int64', [values.length], values);
    return [
      { dtype, dims: dims.with(axis, all.length), data: result },
      ints(all.map(([, { first }]) => first)),
      ints(keys.map((key) => places.get(key) as number)),
      ints(all.map(([, { count }]) => count)),
    ];
  });
};

/** By the first element that differs. */
function compareValues(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => !Object.is(value, b[i]));
  return at < 0 ? 0 : a[at] - b[at];
}

/** Writes an update into a cache, from a place along an axis on that is each sequence's own. */
const tensorScatter: Operator = (site) => {
  const [cache, update] = [site.input(0), site.input(1)];
  const { dtype, dims } = cache;
  const axis = resolveAxis(site.attributes.int('axis', -2), dims.length, site);
  const { outer, extent, inner } = along(dims, axis);
  const steps = update.dims[axis];
  const first = site.inputs[2] && indices(site, 2);
  if (
    axis === 0 ||
    update.dtype !== dtype ||
    update.dims.with(axis, extent).join() !== dims.join() ||
    steps > extent ||
    (first && sizeOf(first.dims) !== dims[0])
  ) {
    throw rangeError(`${site.who}: got an update ${formatDims(update.dims)}, expected one within ${formatDims(dims)}`);
  }
  const wraps = choice(site, 'mode', { linear: false, circular: true }, 'linear');
  return overArrays([cache, update, first], { dtype, dims }, (to, o, from, begin) => {
    copyRun(to, o, from[0], begin[0], outer * extent * inner);
    for (let a = 0; a < outer; a++) {
      const start = first ? from[2][begin[2] + Math.floor((a * dims[0]) / outer)] : 0;
      for (let t = 0; t < steps; t++) {
        const at = wraps ? (start + t) % extent : within(start + t, extent, site);
        copyRun(to, o + (a * extent + at) * inner, from[1], begin[1] + (a * steps + t) * inner, inner);
      }
    }
  });
};

/** Operators that pick and put elements by their places. */
export const SCATTERS: OperatorTable = {
  Scatter: [{ since: 9, operator: scatterElements }],
  ScatterElements: [{ since: 11, operator: scatterElements }],
  ScatterND: [{ since: 11, operator: scatterND }],
  GatherND: [{ since: 11, operator: gatherND }],
  Compress: [{ since: 9, operator: compress }],
  NonZero: [{ since: 9, operator: nonZero }],
  Unique: [{ since: 11, operator: unique }],
  TensorScatter: [{ since: 24, operator: tensorScatter }],
};
