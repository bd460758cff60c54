import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, resolveAxis, sizeOf } from '../dims.js';
import { LazyTensor } from '../graph.js';
import { planLoops, tightStrides } from '../loops.js';
import type { Known, Operator, OperatorTable, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { copyStep } from './copying.js';

/** What a slice takes of one axis. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Numpy's slice of an axis of `extent`: bounds beyond it are its ends. */
function rangeOf(extent: number, start: number, end: number, step: number): Range {
  if (extent === 0) return { start: 0, step, count: 0 };
  const clamp = (at: number, least: number, most: number) => Math.max(least, Math.min(most, at < 0 ? at + extent : at));
  if (step > 0) {
    const from = clamp(start, 0, extent);
    return { start: from, step, count: Math.max(0, Math.ceil((clamp(end, 0, extent) - from) / step)) };
  }
  const from = clamp(start, 0, extent - 1);
  return { start: from, step, count: Math.max(0, Math.ceil((from - clamp(end, -1, extent - 1)) / -step)) };
}

/** Starts, ends, axes and steps: attributes before opset 10, inputs since. */
function sliceArguments(site: Site): (ArrayLike<number> | undefined)[] {
  if (site.inputs.length > 1) return [1, 2, 3, 4].map((i) => (site.inputs[i] ? site.constant(i).data : undefined));
  return ['starts', 'ends', 'axes', 'steps'].map((name) => site.attributes.ints(name));
}

const slice: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const [starts, ends, axes, steps] = sliceArguments(site);
  if (!starts || ends?.length !== starts.length)
    throw new TypeError(`${site.who}: got no starts and ends alike, expected them`);
  const ranges: Range[] = dims.map((extent) => ({ start: 0, step: 1, count: extent }));
  for (let i = 0; i < starts.length; i++) {
    const axis = resolveAxis(axes ? axes[i] : i, dims.length, site.who);
    const step = steps ? steps[i] : 1;
    if (!Number.isInteger(step) || step === 0)
      throw new RangeError(`${site.who}: got step ${step}, expected one other than 0`);
    ranges[axis] = rangeOf(dims[axis], starts[i], ends[i], step);
  }
  const result = ranges.map(({ count }) => count);
  if (ranges.every(({ step, count }, d) => step === 1 && count === dims[d])) return { outputs: [{ alias: 0, dims }] };
  const strides = tightStrides(dims);
  const offset = ranges.reduce((sum, { start }, d) => sum + start * strides[d], 0);
  const { constant } = site.input(0);
  if (constant && isRun(ranges, dims)) {
    const size = sizeOf(result);
    return {
      outputs: [{ constant: new LazyTensor(dtype, result, () => constant.data.subarray(offset, offset + size)) }],
    };
  }
  const loops = planLoops(
    site,
    result,
    [tightStrides(result), ranges.map(({ step }, d) => step * strides[d])],
    [0, offset],
  );
  return {
    outputs: [{ dtype, dims: result }],
    bind: (place) => copyStep(place, dtype, place.output(0), place.input(0), loops),
  };
};

/** Whether what is taken lies in one piece: one axis is cut, those within it are whole, those around it have extent 1. */
function isRun(ranges: readonly Range[], dims: readonly number[]): boolean {
  const cut = ranges.findIndex(({ count }) => count !== 1);
  return ranges.every(({ step, count }, d) => d < cut || cut < 0 || (step === 1 && (d === cut || count === dims[d])));
}

const concat: Operator = (site) => {
  const first = site.input(0);
  const axis = resolveAxis(site.attributes.int('axis'), first.dims.length, site.who);
  const inputs = site.inputs.map((_, i) => site.input(i));
  for (const { dtype, dims } of inputs) assertAlike(site, first, dtype, dims, axis);
  if (inputs.length === 1) return { outputs: [{ alias: 0, dims: first.dims }] };
  const extent = inputs.reduce((sum, { dims }) => sum + dims[axis], 0);
  const result = first.dims.with(axis, extent);
  const strides = tightStrides(result);
  let at = 0;
  const loops = inputs.map(({ dims }) => {
    const offset = at * strides[axis];
    at += dims[axis];
    return planLoops(site, dims, [strides, tightStrides(dims)], [offset, 0]);
  });
  return {
    outputs: [{ dtype: first.dtype, dims: result }],
    bind: (place) => {
      const steps = loops.map((loop, i) => copyStep(place, first.dtype, place.output(0), place.input(i), loop));
      return () => {
        for (const step of steps) step();
      };
    },
  };
};

function assertAlike(site: Site, first: Known, dtype: string, dims: readonly number[], axis: number): void {
  if (dtype !== first.dtype) throw new TypeError(`${site.who}: got ${first.dtype} and ${dtype}, expected one type`);
  if (dims.length !== first.dims.length || dims.some((extent, d) => d !== axis && extent !== first.dims[d])) {
    const got = `${formatDims(first.dims)} and ${formatDims(dims)}`;
    throw new RangeError(`${site.who}: got dims ${got}, expected them to differ at axis ${axis} alone`);
  }
}

const split: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const axis = resolveAxis(site.attributes.int('axis', 0), dims.length, site.who);
  const given = site.inputs[1] ? Array.from(site.constant(1).data) : site.attributes.ints('split');
  const count = site.attributes.int('num_outputs', site.outputCount);
  if (count !== site.outputCount) {
    throw new RangeError(
      `${site.who}: got num_outputs ${count}, expected ${site.outputCount}: as many as it has outputs`,
    );
  }
  const sizes = given ?? equalParts(dims[axis], count);
  if (
    sizes.some((size) => size < 0) ||
    sizes.reduce((a, b) => a + b, 0) !== dims[axis] ||
    sizes.length < site.outputCount
  ) {
    throw new RangeError(
      `${site.who}: got parts ${formatDims(sizes)}, expected ${site.outputCount} that add up to ${dims[axis]}`,
    );
  }
  const strides = tightStrides(dims);
  let at = 0;
  const parts = sizes.map((size) => {
    const result = dims.with(axis, size);
    const loops = planLoops(site, result, [tightStrides(result), strides], [0, at * strides[axis]]);
    at += size;
    return { result, loops };
  });
  return {
    outputs: parts.map(({ result }) => ({ dtype, dims: result })),
    bind: (place) => {
      const steps = parts.map(({ loops }, i) => copyStep(place, dtype, place.output(i), place.input(0), loops));
      return () => {
        for (const step of steps) step();
      };
    },
  };
};

/** Parts of one size, the last one smaller where they do not fit. */
function equalParts(extent: number, count: number): number[] {
  const size = Math.ceil(extent / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, extent - i * size)));
}

const expand: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const wanted = Array.from(site.constant(1).data);
  const result = repeatedDims(site, dims, wanted);
  tensorBytes(dtype, result, site.who);
  if (sizeOf(result) === sizeOf(dims)) return { outputs: [{ alias: 0, dims: result }] };
  const loops = planLoops(site, result, [tightStrides(result), broadcastStrides(dims, result)]);
  return {
    outputs: [{ dtype, dims: result }],
    bind: (place) => copyStep(place, dtype, place.output(0), place.input(0), loops),
  };
};

function repeatedDims(site: Site, dims: readonly number[], wanted: readonly number[]): number[] {
  if (wanted.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
    throw new RangeError(`${site.who}: got shape ${formatDims(wanted)}, expected sizes`);
  }
  return broadcastDims([dims, wanted], site.who);
}

const tile: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const repeats = Array.from(site.constant(1).data);
  if (repeats.length !== dims.length || repeats.some((count) => !Number.isSafeInteger(count) || count < 0)) {
    throw new RangeError(`${site.who}: got repeats ${formatDims(repeats)}, expected ${dims.length} counts`);
  }
  const strides = tightStrides(dims);
  const result = dims.map((extent, d) => extent * repeats[d]);
  tensorBytes(dtype, result, site.who);
  // Every axis becomes two: which repetition, and where within it.
  const both = dims.flatMap((extent, d) => [repeats[d], extent]);
  const from = strides.flatMap((stride) => [0, stride]);
  const loops = planLoops(site, both, [tightStrides(both), from]);
  return {
    outputs: [{ dtype, dims: result }],
    bind: (place) => copyStep(place, dtype, place.output(0), place.input(0), loops),
  };
};

export const PIECES: OperatorTable = {
  Slice: slice,
  Concat: concat,
  Split: split,
  Expand: [{ since: 8, operator: expand }],
  Tile: tile,
};
