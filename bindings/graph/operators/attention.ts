import { rangeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, sizeOf } from '../dims.js';
import type { Operator, OperatorTable, Site } from '../operator.js';
import { assertFloat } from './maps.js';
import { copyRun, overAll, overArrays } from './over-arrays.js';

/** A tensor of heads, [B, heads, T, size] or [B, T, heads · size]: its sizes, and where its elements are. */
interface Heads {
  readonly batch: number;
  readonly heads: number;
  readonly steps: number;
  readonly size: number;
  /** Where the elements of one head at one step begin. */
  at(b: number, head: number, t: number): number;
}

/** @param count of heads, where one axis holds all of them */
function headsOf(site: Site, i: number, count: number): Heads {
  const { dims } = site.input(i);
  const [batch, heads, steps, size] = dims.length === 4 ? dims : [dims[0], count, dims[1], dims[2] / count];
  if ((dims.length !== 4 && dims.length !== 3) || !(heads >= 1) || !Number.isInteger(size)) {
    throw rangeError(`${site.who}: input ${i}: got dims ${formatDims(dims)} for ${count} heads, expected 3 or 4 axes`);
  }
  const [headStep, stepStep] = dims.length === 4 ? [steps * size, size] : [size, heads * size];
  const at = (b: number, head: number, t: number) => b * heads * steps * size + head * headStep + t * stepStep;
  return { batch, heads, steps, size, at };
}

/** softmax(Q · Kᵀ · scale + mask) · V, heads in groups that share keys and values, as opsets 23 to 25 define it. */
const attention: Operator = (site) => {
  assertFloat(site, 0);
  const { attributes, inputs } = site;
  const { dtype, dims } = site.input(0);
  const q = headsOf(site, 0, attributes.int('q_num_heads', 0));
  const [k, v] = [1, 2].map((i) => headsOf(site, i, attributes.int('kv_num_heads', 0)));
  const [, , , mask, pastKey, pastValue, lengths] = inputs;
  const past = pastKey?.dims[2] ?? 0;
  const total = past + k.steps;
  const scores = [q.batch, q.heads, q.steps, total];
  const rows = scores.slice(0, -1);
  const width = mask?.dims.at(-1) ?? 0;
  const before = mask?.dims.slice(0, -1) ?? [];
  const isPast = (i: number, { batch, heads, size }: Heads) =>
    !inputs[i] || inputs[i].dims.join() === [batch, heads, past, size].join();
  const fits =
    [k, v].every(({ batch, heads, steps }) => batch === q.batch && heads === k.heads && steps === k.steps) &&
    q.heads % k.heads === 0 &&
    k.size === q.size &&
    isPast(4, k) &&
    isPast(5, v) &&
    !pastKey === !pastValue &&
    !(pastKey && lengths) &&
    (!lengths || sizeOf(lengths.dims) === q.batch) &&
    (!mask || (mask.dims.length > 0 && width <= total && broadcastDims([before, rows], site).join() === rows.join()));
  if (!fits) {
    const got = Array.from(inputs, (input) => (input ? formatDims(input.dims) : 'none')).join(', ');
    throw rangeError(`${site.who}: got dims ${got}, expected queries, keys, values and a mask that fit each other`);
  }
  const scale = attributes.float('scale', 1 / Math.sqrt(q.size));
  const softcap = attributes.float('softcap', 0);
  const isCausal = attributes.int('is_causal', 0) !== 0;
  const [left, right] = [attributes.int('left_window_size', -1), attributes.int('right_window_size', -1)];
  const mode = attributes.int('qk_matmul_output_mode', 0);
  const maskStrides = broadcastStrides(before, rows);
  const row = new Float64Array(total);
  const group = q.heads / k.heads;
  const out = dims.length === 4 ? [...rows, v.size] : [q.batch, q.steps, q.heads * v.size];
  const present = ({ heads, size }: Heads) => ({ dtype, dims: [q.batch, heads, total, size] });
  const outputs = [{ dtype, dims: out }, present(k), present(v), { dtype, dims: scores }];
  const known = Array.from({ length: 7 }, (_, i) => inputs[i]);
  return overAll(known, outputs, (to, o, from, begin) => {
    for (let kv = 1; kv <= 2; kv++) {
      const { heads, size, at } = kv === 1 ? k : v;
      for (let h = 0; h < q.batch * heads; h++) {
        copyRun(to[kv], o[kv] + h * total * size, from[kv + 3], begin[kv + 3] + h * past * size, past * size);
        for (let t = past; t < total; t++) {
          const start = begin[kv] + at(Math.floor(h / heads), h % heads, t - past);
          copyRun(to[kv], o[kv] + (h * total + t) * size, from[kv], start, size);
        }
      }
    }
    for (let r = 0; r < sizeOf(rows); r++) {
      const [b, h, s] = [Math.floor(r / q.steps / q.heads), Math.floor(r / q.steps) % q.heads, r % q.steps];
      const shared = b * k.heads + Math.floor(h / group);
      const valid = lengths ? from[6][begin[6] + b] : total;
      const position = s + (lengths ? valid - q.steps : past);
      const maskAt = begin[3] + (b * maskStrides[0] + h * maskStrides[1] + s * maskStrides[2]) * width;
      const queryAt = begin[0] + q.at(b, h, s);
      const note = (j: number, value: number) => {
        to[3][o[3] + r * total + j] = value;
      };
      let greatest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < total; j++) {
        let score = 0;
        const keyAt = o[1] + (shared * total + j) * k.size;
        for (let i = 0; i < k.size; i++) score += from[0][queryAt + i] * to[1][keyAt + i];
        score *= scale;
        if (mode === 0) note(j, score);
        if (softcap > 0) score = softcap * Math.tanh(score / softcap);
        if (mode === 1) note(j, score);
        let bias = 0;
        if (mask && j >= width) bias = Number.NEGATIVE_INFINITY;
        else if (mask?.dtype === 'bool') bias = from[3][maskAt + j] ? 0 : Number.NEGATIVE_INFINITY;
        else if (mask) bias = from[3][maskAt + j];
        const outside = (left >= 0 && j < position - left) || (right >= 0 && j > position + right);
        if (outside || j >= valid || (isCausal && j > position)) bias = Number.NEGATIVE_INFINITY;
        // A key that is masked stays so, whatever its score.
        row[j] = bias === Number.NEGATIVE_INFINITY ? bias : score + bias;
        if (mode === 2) note(j, row[j]);
        if (row[j] > greatest || Number.isNaN(row[j])) greatest = row[j];
      }
      let sum = 0;
      for (let j = 0; j < total; j++) {
        row[j] = greatest === Number.NEGATIVE_INFINITY ? 0 : Math.exp(row[j] - greatest);
        sum += row[j];
      }
      const start = o[0] + (dims.length === 4 ? r * v.size : (b * q.steps + s) * q.heads * v.size + h * v.size);
      for (let i = 0; i < v.size; i++) to[0][start + i] = 0;
      for (let j = 0; j < total; j++) {
        // A row without a key gives zeros.
        const weight = sum === 0 ? 0 : row[j] / sum;
        if (mode === 3) note(j, weight);
        const valueAt = o[2] + (shared * total + j) * v.size;
        if (weight !== 0) for (let i = 0; i < v.size; i++) to[0][start + i] += weight * to[2][valueAt + i];
      }
    }
  });
};

/** Turns pairs of elements of each head by angles of their place, given as cosines and sines. */
const rotaryEmbedding: Operator = (site) => {
  assertFloat(site, 0);
  const { dtype, dims } = site.input(0);
  const [x, cos, sin] = [site.input(0), site.input(1), site.input(2)];
  const places = site.inputs[3];
  const { batch, heads, steps, size, at } = headsOf(site, 0, site.attributes.int('num_heads', 0));
  const width = site.attributes.int('rotary_embedding_dim', 0) || size;
  const half = width / 2;
  const isInterleaved = site.attributes.int('interleaved', 0) !== 0;
  const cacheRows = places ? cos.dims[0] : batch * steps;
  if (
    !Number.isInteger(half) ||
    width > size ||
    cos.dims.join() !== sin.dims.join() ||
    sizeOf(cos.dims) !== cacheRows * half ||
    (places && sizeOf(places.dims) !== batch * steps)
  ) {
    const got = `dims ${formatDims(dims)} and caches ${formatDims(cos.dims)}, ${formatDims(sin.dims)}`;
    throw rangeError(`${site.who}: got ${got}, expected half of ${width} angles for each place`);
  }
  return overArrays([x, cos, sin, places], { dtype, dims }, (to, o, from, begin) => {
    for (let r = 0; r < batch * heads * steps; r++) {
      const [b, h, t] = [Math.floor(r / steps / heads), Math.floor(r / steps) % heads, r % steps];
      const place = places ? from[3][begin[3] + b * steps + t] : b * steps + t;
      if (!(place >= 0 && place < cacheRows)) {
        throw rangeError(`${site.who}: got place ${place}, expected one from 0 to ${cacheRows - 1}`);
      }
      const start = at(b, h, t);
      copyRun(to, o + start, from[0], begin[0] + start, size);
      for (let i = 0; i < half; i++) {
        const [first, second] = isInterleaved ? [2 * i, 2 * i + 1] : [i, half + i];
        const [c, s] = [1, 2].map((n) => from[n][begin[n] + place * half + i]);
        const [u, w] = [from[0][begin[0] + start + first], from[0][begin[0] + start + second]];
        to[o + start + first] = c * u - s * w;
        to[o + start + second] = s * u + c * w;
      }
    }
  });
};

/** Attention over sequences, and what is done to its queries and keys. */
export const ATTENTION: OperatorTable = {
  Attention: [{ since: 23, operator: attention }],
  RotaryEmbedding: [{ since: 23, operator: rotaryEmbedding }],
};
