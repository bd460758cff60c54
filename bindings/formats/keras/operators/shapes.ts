import { rangeError } from '../../../errors.js';
import { type Operator, tensorOf } from '../../../graph/index.js';
import { formatDims } from '../../../tensor.js';

/** A sample's elements in other dims, of which one may be −1: what is left. */
export const reshape: Operator = (site) => {
  const { dims } = site.input(0);
  const [batch, ...own] = dims;
  const target = site.attributes.ints('target') ?? [];
  const size = own.reduce((product, dim) => product * dim, 1);
  const known = target.filter((dim) => dim !== -1).reduce((product, dim) => product * dim, 1);
  const resolved = target.map((dim) => (dim === -1 ? size / known : dim));
  const fits = resolved.every(Number.isInteger) && resolved.reduce((product, dim) => product * dim, 1) === size;
  if (!fits || target.filter((dim) => dim === -1).length > 1) {
    throw rangeError(
      `${site.who}: got ${formatDims(own)} elements a sample, expected as many as ${formatDims(target)}`,
    );
  }
  return { outputs: [{ alias: 0, dims: [batch, ...resolved] }] };
};

/** [… A, B …] as [… A · B …], A the dimension `axis`. */
export const mergeDims: Operator = (site) => {
  const { dims } = site.input(0);
  const axis = site.attributes.int('axis');
  return {
    outputs: [{ alias: 0, dims: [...dims.slice(0, axis), dims[axis] * dims[axis + 1], ...dims.slice(axis + 2)] }],
  };
};

/** [B, T, …] as [B · T, …]. */
export const mergeSteps: Operator = (site) => {
  const [batch, steps, ...own] = site.input(0).dims;
  return { outputs: [{ alias: 0, dims: [batch * steps, ...own] }] };
};

/** [B · T, …] as [B, T, …], B and T those of input 1. */
export const splitSteps: Operator = (site) => {
  const [, ...own] = site.input(0).dims;
  const [batch, steps] = site.input(1).dims;
  return { outputs: [{ alias: 0, dims: [batch, steps, ...own] }] };
};

/** The mask of a sequence [B, T, …] in which every step counts. */
export const allSteps: Operator = (site) => {
  const [batch, steps] = site.input(0).dims;
  return { outputs: [{ constant: tensorOf('bool', [batch, steps], new Uint8Array(batch * steps).fill(1)) }] };
};

/** Zeros [B, F, …] for gates [B, T, 4 · F, …]: the state before the first step. */
export const zeroState: Operator = (site) => {
  const [batch, , rows, ...places] = site.input(0).dims;
  const dims = [batch, rows / 4, ...places];
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { outputs: [{ constant: tensorOf('float32', dims, new Float32Array(size)) }] };
};

/** For scores [… Tq, Tv], which keys come no later than each query: bool[Tq, Tv]. */
export const causalMask: Operator = (site) => {
  const [queries, keys] = site.input(0).dims.slice(-2);
  const data = new Uint8Array(queries * keys);
  for (let q = 0; q < queries; q++) data.fill(1, q * keys, q * keys + Math.min(q + 1, keys));
  return { outputs: [{ constant: tensorOf('bool', [queries, keys], data) }] };
};

/** [… C …] as [… G, C / G …], C the dimension `axis`; G = −1 for groups of one. */
export const splitDim: Operator = (site) => {
  const { dims } = site.input(0);
  const axis = site.attributes.int('axis');
  const groups = site.attributes.int('groups') === -1 ? dims[axis] : site.attributes.int('groups');
  if (dims[axis] % groups === 0) {
    return {
      outputs: [{ alias: 0, dims: [...dims.slice(0, axis), groups, dims[axis] / groups, ...dims.slice(axis + 1)] }],
    };
  }
  throw rangeError(`${site.who}: got ${dims[axis]} channels, expected a multiple of ${groups} groups`);
};
