import { rangeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { planLoops, tightStrides } from '../loops.js';
import type { Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { copying } from './copying.js';
import { overArrays } from './over-arrays.js';
import { listed, padsAround } from './windows.js';

/** Seen with dims of its own, axes in another order, seen with the output's dims. */
function reordered(site: Site, seen: readonly number[], order: readonly number[], result: readonly number[]): Prepared {
  const { dtype } = site.input(0);
  const strides = tightStrides(seen);
  const moved = order.map((axis) => seen[axis]);
  const loops = planLoops(site, moved, [tightStrides(moved), order.map((axis) => strides[axis])]);
  return copying([{ dtype, dims: result }], [{ input: 0, output: 0, loops }]);
}

function blockOf(site: Site): { size: number; dims: readonly number[] } {
  const { dims } = site.input(0);
  const size = site.attributes.int('blocksize');
  if (dims.length === 4 && size >= 1) return { size, dims };
  throw rangeError(
    `${site.who}: got dims ${formatDims(dims)} and blocksize ${size}, expected [N, C, H, W] and at least 1`,
  );
}

/** Channels become blocks of places: the first of them block by block (DCR), or a channel's own one after another (CRD). */
const depthToSpace: Operator = (site) => {
  const { size: b, dims } = blockOf(site);
  const [n, c, h, w] = dims;
  const isDepthFirst = depthFirst(site);
  if (c % (b * b) !== 0) throw rangeError(`${site.who}: got ${c} channels, expected a multiple of ${b * b}`);
  const depth = c / (b * b);
  const result = [n, depth, h * b, w * b];
  return isDepthFirst
    ? reordered(site, [n, b, b, depth, h, w], [0, 3, 4, 1, 5, 2], result)
    : reordered(site, [n, depth, b, b, h, w], [0, 1, 4, 2, 5, 3], result);
};

/** Whether channels of a block's places follow each other, or else places of a channel. */
function depthFirst(site: Site): boolean {
  const mode = site.attributes.string('mode', 'DCR');
  if (mode === 'DCR' || mode === 'CRD') return mode === 'DCR';
  throw rangeError(`${site.who}: got mode ${describeValue(mode)}, expected DCR or CRD`);
}

/** Blocks of places become channels. */
const spaceToDepth: Operator = (site) => {
  const { size: b, dims } = blockOf(site);
  const [n, c, h, w] = dims;
  if (h % b || w % b) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected multiples of ${b}`);
  return reordered(site, [n, c, h / b, b, w / b, b], depthFirst(site) ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4], [
    n,
    c * b * b,
    h / b,
    w / b,
  ]);
};

/** Columns of blocks, [N, C · block, places], added up where they lie in the image. */
const columnsToImage: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const [image, block] = [1, 2].map((i) => Array.from(site.constant(i).data));
  const rank = image.length;
  const [strides, dilations] = ['strides', 'dilations'].map((name) => listed(site, name, rank));
  const befores = image.map((_, d) => padsAround(site, d, rank));
  const counts = image.map(
    (extent, d) =>
      Math.floor((extent + befores[d][0] + befores[d][1] - (block[d] - 1) * dilations[d] - 1) / strides[d]) + 1,
  );
  const [cells, places] = [sizeOf(block), sizeOf(counts)];
  const fits =
    dims.length === 3 &&
    rank > 0 &&
    block.length === rank &&
    [...image, ...block, ...counts].every((each) => each >= 1);
  if (!fits || dims[1] % cells !== 0 || dims[2] !== places) {
    const got = `dims ${formatDims(dims)} of blocks ${formatDims(block)} for an image ${formatDims(image)}`;
    throw rangeError(`${site.who}: got ${got}, expected [N, C · ${cells}, ${places}]`);
  }
  const channels = dims[1] / cells;
  const result = [dims[0], channels, ...image];
  tensorBytes(dtype, result, site);
  if (dims.includes(0))
    return { outputs: [{ constant: tensorOf(dtype, result, STORAGE[dtype].make(sizeOf(result))) }] };
  const [size, lengths] = [sizeOf(image), tightStrides(image)];
  return overArrays([site.input(0)], { dtype, dims: result }, (to, o, [from], [x]) => {
    to.fill(0, o, o + dims[0] * channels * size);
    for (let row = 0; row < dims[0] * dims[1]; row++) {
      const start = o + Math.floor(row / cells) * size;
      for (let place = 0; place < places; place++) {
        let at = 0;
        for (let d = rank - 1, cell = row % cells, rest = place; d >= 0 && at >= 0; d--) {
          const i = (rest % counts[d]) * strides[d] + (cell % block[d]) * dilations[d] - befores[d][0];
          at = i < 0 || i >= image[d] ? -1 : at + i * lengths[d];
          rest = Math.floor(rest / counts[d]);
          cell = Math.floor(cell / block[d]);
        }
        if (at >= 0) to[start + at] += from[x + row * places + place];
      }
    }
  });
};

export const BLOCKS: OperatorTable = {
  Col2Im: [{ since: 18, operator: columnsToImage }],
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
