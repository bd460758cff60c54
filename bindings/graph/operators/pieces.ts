import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, resolveAxis, sizeOf } from '../dims.js';
import { type Dtype, STORAGE, type Values } from '../dtype.js';
import { LazyTensor } from '../graph.js';
import { planLoops, tightStrides } from '../loops.js';
import { type Computed, type Known, type Operator, type OperatorTable, type Site, seenWith } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { along } from './along.js';
import { type Copy, copying } from './copying.js';

/** What a slice takes of one axis. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Numpy's slice of an axis of `extent`: bounds beyond it are its ends. */
function rangeOf(extent: number, start: number, end: number, step: number): Range {
  if (extent === 0) return { start: 0, step, count: 0 };
  // Backwards, the first element that may be taken is the last, and the end may be before the first.
  const back = step < 0 ? 1 : 0;
  const from = Math.max(0, Math.min(extent - back, start < 0 ? start + extent : start));
  const to = Math.max(-back, Math.min(extent - back, end < 0 ? end + extent : end));
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** Starts, ends, axes or steps: an attribute before opset 10, an input since. */
function sliceArgument(site: Site, name: string, i: number): ArrayLike<number> | undefined {
  if (site.inputs.length <= 1) return site.attributes.ints(name);
  return site.inputs[i] ? site.constant(i).data : undefined;
}

const slice: Operator = (site) => {
  const { dtype, dims, constant } = site.input(0);
  const starts = sliceArgument(site, 'starts', 1);
  const ends = sliceArgument(site, 'ends', 2);
  const axes = sliceArgument(site, 'axes', 3);
  const steps = sliceArgument(site, 'steps', 4);
  if (!starts || ends?.length !== starts.length)
    throw typeError(`${site.who}: got no starts and ends alike, expected them`);
  const ranges: (Range | undefined)[] = new Array(dims.length);
  for (let i = 0; i < starts.length; i++) {
    const axis = resolveAxis(axes ? axes[i] : i, dims.length, site);
    const step = steps ? steps[i] : 1;
    if (!Number.isInteger(step) || step === 0)
      throw rangeError(`${site.who}: got step ${step}, expected one other than 0`);
    ranges[axis] = rangeOf(dims[axis], starts[i], ends[i], step);
  }
  const result = [...dims];
  const strides = tightStrides(dims);
  let offset = 0;
  let whole = true;
  for (let d = 0; d < dims.length; d++) {
    const range = ranges[d];
    if (!range) continue;
    if (range.step !== 1 || range.count !== dims[d]) whole = false;
    result[d] = range.count;
    offset += range.start * strides[d];
    strides[d] *= range.step;
  }
  if (whole) return seenWith(dims);
  const loops = planLoops(site, result, [tightStrides(result), strides], [0, offset]);
  const { inner, outer } = loops;
  if (constant && outer === 1 && loops.steps[1] === 1) {
    // One piece of known elements: no need to copy it.
    const width = STORAGE[dtype].bytes;
    const { pieces } = constant;
    const taken = pieces?.length === 1 ? [pieces[0].subarray(offset * width, (offset + inner) * width)] : undefined;
    const decode = () => constant.data.subarray(offset, offset + inner);
    return { outputs: [{ constant: new LazyTensor(dtype, result, decode, taken) }] };
  }
  return copying([{ dtype, dims: result }], [{ input: 0, output: 0, loops }]);
};

const concat: Operator = (site) => {
  const first = site.input(0);
  const axis = resolveAxis(site.attributes.int('axis', site.opset < 4 ? 1 : undefined), first.dims.length, site);
  const result = [...first.dims];
  result[axis] = 0;
  for (let i = 0; i < site.inputs.length; i++) {
    const input = site.input(i);
    assertAlike(site, first, input, axis);
    result[axis] += input.dims[axis];
  }
  if (site.inputs.length === 1) return seenWith(first.dims);
  const pieces = along(result, axis).outer === 1 ? piecesOf(site) : undefined;
  if (pieces) {
    tensorBytes(first.dtype, result, site);
    const { dtype } = first;
    return { outputs: [{ constant: new LazyTensor(dtype, result, () => joined(dtype, pieces), pieces) }] };
  }
  const strides = tightStrides(result);
  const copies: Copy[] = [];
  let offset = 0;
  for (let i = 0; i < site.inputs.length; i++) {
    const { dims } = site.input(i);
    copies.push({ input: i, output: 0, loops: planLoops(site, dims, [strides, tightStrides(dims)], [offset, 0]) });
    offset += dims[axis] * strides[axis];
  }
  return copying([{ dtype: first.dtype, dims: result }], copies);
};

/** More than any weight is put together from, and few enough that joining joined ones over and over comes to an end. */
const MOST_PIECES = 64;

/**
 * All inputs one after another as a file holds them, where it holds them all so, and none comes twice: weights that exporters put
 * together again.
 */
function piecesOf(site: Site): Uint8Array[] | undefined {
  const all: Uint8Array[] = [];
  for (let i = 0; i < site.inputs.length; i++) {
    const input = site.input(i);
    const pieces = input.constant?.pieces;
    const isRepeated = site.inputs.indexOf(input) < i;
    if (!pieces || isRepeated || all.length + pieces.length > MOST_PIECES) return undefined;
    all.push(...pieces);
  }
  return all;
}

function joined(dtype: Dtype, pieces: readonly Uint8Array[]): Values {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const values = STORAGE[dtype].make(length / STORAGE[dtype].bytes);
  const bytes = new Uint8Array(values.buffer);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return values;
}

function assertAlike(site: Site, first: Known, { dtype, dims }: Known, axis: number): void {
  if (dtype !== first.dtype) throw typeError(`${site.who}: got ${first.dtype} and ${dtype}, expected one type`);
  let alike = dims.length === first.dims.length;
  for (let d = 0; d < dims.length; d++) if (d !== axis && dims[d] !== first.dims[d]) alike = false;
  if (alike) return;
  const got = `${formatDims(first.dims)} and ${formatDims(dims)}`;
  throw rangeError(`${site.who}: got dims ${got}, expected them to differ at axis ${axis} alone`);
}

const split: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const axis = resolveAxis(site.attributes.int('axis', 0), dims.length, site);
  const given = site.inputs[1] ? Array.from(site.constant(1).data) : site.attributes.ints('split');
  const count = site.attributes.int('num_outputs', site.outputCount);
  if (count !== site.outputCount) {
    throw rangeError(`${site.who}: got num_outputs ${count}, expected ${site.outputCount}: as many as it has outputs`);
  }
  const sizes = given ?? equalParts(dims[axis], count);
  if (
    sizes.some((size) => size < 0) ||
    sizes.reduce((a, b) => a + b, 0) !== dims[axis] ||
    sizes.length < site.outputCount
  ) {
    throw rangeError(
      `${site.who}: got parts ${formatDims(sizes)}, expected ${site.outputCount} that add up to ${dims[axis]}`,
    );
  }
  const strides = tightStrides(dims);
  const outputs: Computed[] = [];
  const copies: Copy[] = [];
  let offset = 0;
  for (const [i, size] of sizes.entries()) {
    const result = dims.with(axis, size);
    outputs.push({ dtype, dims: result });
    copies.push({
      input: 0,
      output: i,
      loops: planLoops(site, result, [tightStrides(result), strides], [0, offset]),
    });
    offset += size * strides[axis];
  }
  return copying(outputs, copies);
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
  tensorBytes(dtype, result, site);
  if (sizeOf(result) === sizeOf(dims)) return seenWith(result);
  const loops = planLoops(site, result, [tightStrides(result), broadcastStrides(dims, result)]);
  return copying([{ dtype, dims: result }], [{ input: 0, output: 0, loops }]);
};

function repeatedDims(site: Site, dims: readonly number[], wanted: readonly number[]): number[] {
  if (wanted.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
    throw rangeError(`${site.who}: got shape ${formatDims(wanted)}, expected sizes`);
  }
  return broadcastDims([dims, wanted], site);
}

const tile: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const repeats = Array.from(site.constant(1).data);
  if (repeats.length !== dims.length || repeats.some((count) => !Number.isSafeInteger(count) || count < 0)) {
    throw rangeError(`${site.who}: got repeats ${formatDims(repeats)}, expected ${dims.length} counts`);
  }
  const strides = tightStrides(dims);
  const result = dims.map((extent, d) => extent * repeats[d]);
  tensorBytes(dtype, result, site);
  // Every axis becomes two: which repetition, and where within it.
  const both = dims.flatMap((extent, d) => [repeats[d], extent]);
  const from = strides.flatMap((stride) => [0, stride]);
  const loops = planLoops(site, both, [tightStrides(both), from]);
  return copying([{ dtype, dims: result }], [{ input: 0, output: 0, loops }]);
};

export const PIECES: OperatorTable = {
  Slice: slice,
  Concat: concat,
  Split: split,
  Expand: [{ since: 8, operator: expand }],
  Tile: [{ since: 6, operator: tile }],
};
