import { rangeError, typeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { resolveAxes, resolveAxis, sizeOf } from '../dims.js';
import { isFloat, type Values } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { tightStrides } from '../loops.js';
import { type Operator, type OperatorTable, type Prepared, type Site, seenWith } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { overArrays } from './over-arrays.js';
import { type AxisSize, coordinateOf, type Sampling, tapsOf } from './resize-taps.js';

/** How every axis is resized, and what its elements are made of. */
interface Resizing extends Sampling {
  readonly axes: readonly AxisSize[];
}

const COORDINATES =
  /^(half_pixel|half_pixel_symmetric|pytorch_half_pixel|align_corners|asymmetric|tf_half_pixel_for_nn|tf_crop_and_resize)$/;
const ROUNDINGS = /^(round_prefer_floor|round_prefer_ceil|floor|ceil|simple)$/;

/** One of some texts. */
function choice(site: Site, name: string, fallback: string, known: RegExp): string {
  const given = site.attributes.string(name, fallback);
  if (known.test(given)) return given;
  throw rangeError(`${site.who}: got ${name} ${describeValue(given)}, expected one of ONNX's`);
}

/** Before opset 11: the scales are all there is. */
const resizeByScales: Operator = (site) => {
  const { dims } = site.input(0);
  const scales =
    site.inputs.length > 1 ? Array.from(site.constant(1).data) : (site.attributes.floats('scales') ?? pairOf(site));
  if (scales.length !== dims.length) throw misfit(site, 'scales', scales, dims.length);
  const axes = dims.map((extent, d) => scaled(site, extent, scales[d]));
  return resized(site, { ...samplingOf(site, 'asymmetric', 'simple'), axes });
};

/** The scales of the first Upsample: of the last two axes, each in an attribute. */
function pairOf({ attributes, inputs }: Site): number[] {
  const rank = inputs[0]?.dims.length ?? 0;
  return [
    ...new Array<number>(Math.max(0, rank - 2)).fill(1),
    attributes.float('height_scale'),
    attributes.float('width_scale'),
  ];
}

const resize: Operator = (site) => {
  const { dims } = site.input(0);
  const rank = dims.length;
  const given = site.attributes.ints('axes');
  if (given) resolveAxes(given, rank, site);
  const chosen = given ? given.map((axis) => resolveAxis(axis, rank, site)) : dims.map((_, d) => d);
  const listOf = (i: number, name: string, count: number) => {
    const values = site.inputs[i] && sizeOf(site.input(i).dims) > 0 ? Array.from(site.constant(i).data) : undefined;
    if (values && values.length !== count) throw misfit(site, name, values, count);
    return values;
  };
  const sampling = samplingOf(site, 'half_pixel', 'round_prefer_floor');
  const scales = listOf(2, 'scales', chosen.length);
  const sizes = listOf(3, 'sizes', chosen.length);
  if (!scales === !sizes) throw rangeError(`${site.who}: got scales and sizes, or neither, expected one of them`);
  const roi = sampling.coordinates === 'tf_crop_and_resize' ? listOf(1, 'roi', 2 * chosen.length) : undefined;
  const policy = choice(site, 'keep_aspect_ratio_policy', 'stretch', /^(stretch|not_larger|not_smaller)$/);
  const ratios = sizes?.map((size, i) => size / dims[chosen[i]]) ?? [];
  const common = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  const axes = dims.map((extent, d): AxisSize => {
    const i = chosen.indexOf(d);
    if (i < 0) return { extent, out: extent, scale: 1, start: 0, end: 1 };
    const [start, end] = roi ? [roi[i], roi[chosen.length + i]] : [0, 1];
    if (scales) return { ...scaled(site, extent, scales[i]), start, end };
    if (policy !== 'stretch')
      return { extent, out: Math.floor(common * extent + 0.5), scale: Math.fround(common), start, end };
    const out = (sizes as number[])[i];
    return { extent, out, scale: Math.fround(out / extent), start, end };
  });
  return resized(site, { ...sampling, axes });
};

function misfit(site: Site, name: string, got: readonly number[], count: number): Error {
  return rangeError(`${site.who}: got ${name} [${got.join(', ')}], expected ${count} numbers`);
}

function scaled(site: Site, extent: number, scale: number): AxisSize {
  if (!(scale > 0)) throw rangeError(`${site.who}: got scale ${scale}, expected a number above 0`);
  return {
    extent,
    out: Math.floor(Math.fround(extent * Math.fround(scale))),
    scale: Math.fround(scale),
    start: 0,
    end: 1,
  };
}

function samplingOf(site: Site, coordinates: string, rounding: string): Sampling {
  const { attributes } = site;
  const before = site.opset < 11;
  const mode = choice(site, 'mode', 'nearest', /^(nearest|linear|bilinear|cubic)$/);
  return {
    mode,
    coordinates: before ? coordinates : choice(site, 'coordinate_transformation_mode', coordinates, COORDINATES),
    rounding: before ? rounding : choice(site, 'nearest_mode', rounding, ROUNDINGS),
    cubic: attributes.float('cubic_coeff_a', -0.75),
    excludesOutside: attributes.int('exclude_outside', 0) !== 0,
    antialias: attributes.int('antialias', 0) !== 0,
  };
}

function resized(site: Site, resizing: Resizing): Prepared {
  const { dtype, dims } = site.input(0);
  const { axes, mode } = resizing;
  if (mode !== 'nearest' && !isFloat(dtype)) {
    throw typeError(`${site.who}: got ${dtype} and mode ${mode}, expected floating-point numbers`);
  }
  const result = axes.map(({ out }) => out);
  if (result.some((out, d) => !(out >= 0) || (out > 0 && dims[d] < 1))) {
    throw rangeError(
      `${site.who}: got dims ${formatDims(dims)} to become ${formatDims(result)}, expected elements of each`,
    );
  }
  if (result.join() === dims.join()) return seenWith(dims);
  if (resizing.coordinates === 'align_corners') for (const axis of axes) assertWhole(site, axis);
  tensorBytes(dtype, result, site);
  if (result.includes(0)) return { outputs: [{ constant: tensorOf(dtype, result, []) }] };
  const strides = tightStrides(dims);
  const filler = site.attributes.float('extrapolation_value', 0);
  const crops = resizing.coordinates === 'tf_crop_and_resize';
  const tables = axes.map((axis) => tapsOf(axis, resizing));
  const outside = axes.map((axis) =>
    Uint8Array.from({ length: crops && axis.scale !== 1 ? axis.out : 0 }, (_, i) => {
      const at = coordinateOf(i, axis, resizing.coordinates);
      return at < 0 || at > axis.extent - 1 ? 1 : 0;
    }),
  );
  const last = axes.length - 1;
  const { count, indices, weights } = tables[last];
  const width = result[last];
  const rows = sizeOf(result.slice(0, -1));
  const most = tables.slice(0, -1).reduce((product, table) => product * table.count, 1);
  const [bases, factors] = [new Float64Array(most), new Float64Array(most)];
  /** Fills `bases` and `factors` with the rows that a row is made of; −1 if it lies outside. */
  const rowsOf = (row: number): number => {
    bases[0] = 0;
    factors[0] = 1;
    let many = 1;
    for (let d = last - 1, rest = row; d >= 0; d--) {
      const i = rest % result[d];
      rest = (rest - i) / result[d];
      if (outside[d][i]) return -1;
      const table = tables[d];
      // From the last to the first, so that none is overwritten before it is read.
      for (let k = many - 1; k >= 0; k--) {
        for (let t = table.count - 1; t >= 0; t--) {
          bases[k * table.count + t] = bases[k] + table.indices[i * table.count + t] * strides[d];
          factors[k * table.count + t] = factors[k] * table.weights[i * table.count + t];
        }
      }
      many *= table.count;
    }
    return many;
  };
  const sample = (from: Values, x: number, i: number, many: number): number => {
    let sum = 0;
    for (let k = 0; k < many; k++) {
      const base = x + bases[k];
      let inner = 0;
      for (let t = i * count; t < (i + 1) * count; t++) inner += weights[t] * from[base + indices[t]];
      sum += factors[k] * inner;
    }
    return sum;
  };
  return overArrays([site.input(0)], { dtype, dims: result }, (to, o, [from], [x]) => {
    for (let row = 0; row < rows; row++) {
      const many = rowsOf(row);
      for (let i = 0; i < width; i++) {
        const isOutside = many < 0 || outside[last][i];
        if (isOutside) to[o + row * width + i] = filler;
        else if (mode === 'nearest') to[o + row * width + i] = from[x + bases[0] + indices[i]];
        else to[o + row * width + i] = sample(from, x, i, many);
      }
    }
  });
}

/** @throws {RangeError} if corners are to be aligned of so many elements and a part: ONNX and onnxruntime align others */
function assertWhole(site: Site, { extent, out, scale }: AxisSize): void {
  if (out === extent || Math.abs(scale * extent - out) < 1e-4 * out) return;
  const got = `coordinate_transformation_mode align_corners and a scale that makes ${scale * extent} of ${extent} elements`;
  throw rangeError(`${site.who}: got ${got}, expected sizes, or a scale that makes a whole number`);
}

/** Operators that make tensors larger or smaller. */
export const RESIZE: OperatorTable = {
  Resize: [
    { since: 10, operator: resizeByScales },
    { since: 11, operator: resize },
  ],
  Upsample: resizeByScales,
};
