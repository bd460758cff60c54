import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxes, resolveAxis, sizeOf } from '../dims.js';
import { tensorOf } from '../graph.js';
import { planLoops, tightStrides } from '../loops.js';
import { type Operator, type OperatorTable, type Site, seenWith } from '../operator.js';
import { copying } from './copying.js';

/** Axes: input 1 from opset 13 on, an attribute before. `undefined` where neither is given. */
export function axesOf(site: Site): ArrayLike<number> | undefined {
  return site.inputs[1] ? site.constant(1).data : site.attributes.ints('axes');
}

const identity: Operator = (site) => seenWith(site.input(0).dims);

/** Dropout at inference: what comes in, and a mask that keeps everything. */
const dropout: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  if (site.inputs[2] && site.constant(2).data[0]) {
    throw rangeError(`${site.who}: got training_mode true, expected false: there is no dropout at inference`);
  }
  const mask = () => ({
    constant: tensorOf(site.opset < 10 ? dtype : 'bool', dims, new Uint8Array(sizeOf(dims)).fill(1)),
  });
  return { outputs: [{ alias: 0, dims }, ...(site.wants(1) ? [mask()] : [])] };
};

const shape: Operator = (site) => {
  const { dims } = site.input(0);
  // As arrays are sliced: from the end where negative, and never beyond it.
  const part = dims.slice(site.attributes.int('start', 0), site.attributes.int('end', dims.length));
  return { outputs: [{ constant: tensorOf('int64', [part.length], part) }] };
};

const size: Operator = (site) => ({ outputs: [{ constant: tensorOf('int64', [], [sizeOf(site.input(0).dims)]) }] });

const reshape: Operator = (site) => {
  const { dims } = site.input(0);
  // An attribute before opset 5.
  const wanted = (site.opset < 5 && site.attributes.ints('shape')) || site.constant(1).data;
  const keep = site.attributes.int('allowzero', 0) === 0;
  const size = sizeOf(dims);
  const result: number[] = [];
  let open = -1;
  let rest = 1;
  let valid = true;
  for (let d = 0; d < wanted.length; d++) {
    const kept = keep && wanted[d] === 0;
    if (kept && d >= dims.length) {
      throw rangeError(
        `${site.who}: got shape ${formatDims(Array.from(wanted))} for dims ${formatDims(dims)}, expected no 0 there`,
      );
    }
    const extent = kept ? dims[d] : wanted[d];
    if (extent === -1 && open < 0) open = d;
    else if (Number.isSafeInteger(extent) && extent >= 0) rest *= extent;
    else valid = false;
    result.push(extent);
  }
  if (open >= 0) result[open] = rest === 0 ? 0 : size / rest;
  if (!valid || (open >= 0 && !Number.isSafeInteger(result[open])) || sizeOf(result) !== size) {
    throw rangeError(
      `${site.who}: got shape ${formatDims(Array.from(wanted))}, expected one of ${size} elements like ${formatDims(dims)}`,
    );
  }
  return seenWith(result);
};

const flatten: Operator = (site) => {
  const { dims } = site.input(0);
  const axis = site.attributes.int('axis', 1);
  const at = axis === dims.length ? axis : resolveAxis(axis, Math.max(1, dims.length), site);
  return seenWith([sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at))]);
};

const squeeze: Operator = (site) => {
  const { dims } = site.input(0);
  const given = axesOf(site);
  // An empty list means what none means.
  const axes = given?.length ? resolveAxes(given, dims.length, site) : undefined;
  const result: number[] = [];
  for (let d = 0; d < dims.length; d++) {
    if (axes ? d !== axes[d - result.length] : dims[d] !== 1) result.push(dims[d]);
    else if (dims[d] !== 1) {
      throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected 1 at axis ${d}`);
    }
  }
  return seenWith(result);
};

const unsqueeze: Operator = (site) => {
  const { dims } = site.input(0);
  const given = axesOf(site);
  if (!given) throw typeError(`${site.who}: got no axes, expected some`);
  const axes = resolveAxes(given, dims.length + given.length, site);
  const result: number[] = [];
  let from = 0;
  for (let d = 0; d < dims.length + axes.length; d++) result.push(d === axes[d - from] ? 1 : dims[from++]);
  return seenWith(result);
};

const transpose: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const perm = site.attributes.ints('perm') ?? backwards(dims.length);
  if (perm.length !== dims.length || resolveAxes(perm, dims.length, site).length !== dims.length) {
    throw rangeError(`${site.who}: got perm ${formatDims(perm)}, expected the ${dims.length} axes of the input`);
  }
  const tight = tightStrides(dims);
  const result: number[] = [];
  const strides: number[] = [];
  let last = -1;
  let moves = false;
  for (const axis of perm) {
    result.push(dims[axis]);
    strides.push(tight[axis]);
    if (dims[axis] === 1) continue;
    if (axis < last) moves = true;
    last = axis;
  }
  // Where only axes of extent 1 change places, nothing moves.
  if (!moves) return seenWith(result);
  const loops = planLoops(site, result, [tightStrides(result), strides]);
  return copying([{ dtype, dims: result }], [{ input: 0, output: 0, loops }]);
};

function backwards(rank: number): number[] {
  const perm: number[] = [];
  for (let d = rank - 1; d >= 0; d--) perm.push(d);
  return perm;
}

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
