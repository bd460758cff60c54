import { formatDims } from '../../tensor.js';
import { resolveAxes, resolveAxis, sizeOf } from '../dims.js';
import { tensorOf } from '../graph.js';
import { planLoops, tightStrides } from '../loops.js';
import type { Operator, OperatorTable, Site } from '../operator.js';
import { copyStep } from './copying.js';

/** Axes: input 1 from opset 13 on, an attribute before. `undefined` where neither is given. */
export function axesOf(site: Site): ArrayLike<number> | undefined {
  return site.inputs[1] ? site.constant(1).data : site.attributes.ints('axes');
}

const identity: Operator = (site) => ({ outputs: [{ alias: 0, dims: site.input(0).dims }] });

/** Dropout at inference: what comes in, and a mask that keeps everything. */
const dropout: Operator = (site) => {
  const { dims } = site.input(0);
  if (site.inputs[2] && site.constant(2).data[0]) {
    throw new RangeError(`${site.who}: got training_mode true, expected false: there is no dropout at inference`);
  }
  const mask = () => ({ constant: tensorOf('bool', dims, new Uint8Array(sizeOf(dims)).fill(1)) });
  return { outputs: [{ alias: 0, dims }, ...(site.wants(1) ? [mask()] : [])] };
};

const shape: Operator = (site) => {
  const { dims } = site.input(0);
  const clamp = (at: number) => Math.max(0, Math.min(dims.length, at < 0 ? at + dims.length : at));
  const start = clamp(site.attributes.int('start', 0));
  const part = dims.slice(start, clamp(site.attributes.int('end', dims.length)));
  return { outputs: [{ constant: tensorOf('int64', [part.length], part) }] };
};

const size: Operator = (site) => ({ outputs: [{ constant: tensorOf('int64', [], [sizeOf(site.input(0).dims)]) }] });

const reshape: Operator = (site) => {
  const { dims } = site.input(0);
  const wanted = Array.from(site.constant(1).data);
  const keep = site.attributes.int('allowzero', 0) === 0;
  const result = wanted.map((extent, d) => {
    if (extent !== 0 || !keep) return extent;
    if (d < dims.length) return dims[d];
    throw new RangeError(
      `${site.who}: got shape ${formatDims(wanted)} for dims ${formatDims(dims)}, expected no 0 there`,
    );
  });
  const open = result.indexOf(-1);
  if (open >= 0) {
    const rest = sizeOf(result.filter((_, d) => d !== open));
    result[open] = rest === 0 ? 0 : sizeOf(dims) / rest;
  }
  if (result.some((extent) => !Number.isSafeInteger(extent) || extent < 0) || sizeOf(result) !== sizeOf(dims)) {
    throw new RangeError(
      `${site.who}: got shape ${formatDims(wanted)}, expected one of ${sizeOf(dims)} elements like ${formatDims(dims)}`,
    );
  }
  return { outputs: [{ alias: 0, dims: result }] };
};

const flatten: Operator = (site) => {
  const { dims } = site.input(0);
  const axis = site.attributes.int('axis', 1);
  const at = axis === dims.length ? axis : resolveAxis(axis, Math.max(1, dims.length), site.who);
  return { outputs: [{ alias: 0, dims: [sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at))] }] };
};

const squeeze: Operator = (site) => {
  const { dims } = site.input(0);
  const given = axesOf(site);
  const axes = given
    ? resolveAxes(given, dims.length, site.who)
    : dims.flatMap((extent, d) => (extent === 1 ? [d] : []));
  const wrong = axes.find((axis) => dims[axis] !== 1);
  if (wrong !== undefined) {
    throw new RangeError(`${site.who}: got dims ${formatDims(dims)}, expected 1 at axis ${wrong}`);
  }
  return { outputs: [{ alias: 0, dims: dims.filter((_, d) => !axes.includes(d)) }] };
};

const unsqueeze: Operator = (site) => {
  const { dims } = site.input(0);
  const given = axesOf(site);
  if (!given) throw new TypeError(`${site.who}: got no axes, expected some`);
  const axes = resolveAxes(given, dims.length + given.length, site.who);
  const result = [...dims];
  for (const axis of axes) result.splice(axis, 0, 1);
  return { outputs: [{ alias: 0, dims: result }] };
};

const transpose: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const perm = site.attributes.ints('perm') ?? dims.map((_, d) => dims.length - 1 - d);
  if (perm.length !== dims.length || resolveAxes(perm, dims.length, site.who).length !== dims.length) {
    throw new RangeError(`${site.who}: got perm ${formatDims(perm)}, expected the ${dims.length} axes of the input`);
  }
  const result = perm.map((axis) => dims[axis]);
  const strides = tightStrides(dims);
  // Where only axes of extent 1 change places, nothing moves.
  const moved = perm.filter((axis) => dims[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return { outputs: [{ alias: 0, dims: result }] };
  const loops = planLoops(site, result, [tightStrides(result), perm.map((axis) => strides[axis])]);
  return {
    outputs: [{ dtype, dims: result }],
    bind: (place) => copyStep(place, dtype, place.output(0), place.input(0), loops),
  };
};

/** Operators that look at a tensor in another way: most of them cost nothing when the graph runs. */
export const VIEWS: OperatorTable = {
  Identity: identity,
  Dropout: dropout,
  Shape: shape,
  Size: size,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
};
