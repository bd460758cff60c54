import { rangeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxis, sizeOf } from '../dims.js';
import type { Dtype } from '../dtype.js';
import type { Operator, OperatorTable, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { along } from './along.js';
import { dtypeNamed } from './casts.js';
import { assertFloat } from './maps.js';
import { overArrays } from './over-arrays.js';

/** The discrete Fourier transform of one length, by its prime factors (Cooley and Tukey), in float64. */
class Fourier {
  /** Real parts, then imaginary parts: read, and written. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;
  private readonly held: Float64Array;

  constructor(
    readonly length: number,
    inverse: boolean,
  ) {
    this.x = new Float64Array(2 * length);
    this.y = new Float64Array(2 * length);
    this.held = new Float64Array(2 * length);
    this.cos = new Float64Array(length);
    this.sin = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const angle = ((inverse ? 2 : -2) * Math.PI * i) / length;
      this.cos[i] = Math.cos(angle);
      this.sin[i] = Math.sin(angle);
    }
  }

  run(): void {
    this.part(this.length, 0, 1, 0);
  }

  /** Transforms every `step`th element from `from` on, `n` of them, to y from `to` on. */
  private part(n: number, from: number, step: number, to: number): void {
    const { x, y, held, cos, sin, length } = this;
    if (n === 1) {
      y[to] = x[from];
      y[length + to] = x[length + from];
      return;
    }
    let p = 2;
    while (n % p !== 0) p = p * p > n ? n : p + 1;
    const m = n / p;
    for (let q = 0; q < p; q++) this.part(m, from + q * step, step * p, to + q * m);
    const turn = length / n;
    for (let k = 0; k < m; k++) {
      for (let q = 0; q < p; q++) {
        held[q] = y[to + q * m + k];
        held[length + q] = y[length + to + q * m + k];
      }
      for (let r = k; r < n; r += m) {
        let [re, im] = [held[0], held[length]];
        for (let q = 1; q < p; q++) {
          const w = (q * r * turn) % length;
          re += held[q] * cos[w] - held[length + q] * sin[w];
          im += held[q] * sin[w] + held[length + q] * cos[w];
        }
        y[to + r] = re;
        y[length + to + r] = im;
      }
    }
  }
}

/** More elements than any frame of sound has; tables are made for as many. */
const MAX_LENGTH = 2 ** 24;

function assertLength(site: Site, length: number): number {
  if (Number.isInteger(length) && length >= 1 && length <= MAX_LENGTH) return length;
  throw rangeError(`${site.who}: got length ${length}, expected one from 1 to ${MAX_LENGTH}`);
}

/** [..., extent, ..., 1 or 2] along an axis; opsets 17 to 19 have the axis as an attribute. */
const dft: Operator = (site) => {
  assertFloat(site, 0);
  const { dtype, dims } = site.input(0);
  const rank = dims.length;
  const given = site.opset < 20 ? site.attributes.int('axis', 1) : site.inputs[2] ? site.constant(2).data[0] : -2;
  const axis = resolveAxis(given, rank, site);
  const parts = dims[rank - 1];
  const inverse = site.attributes.int('inverse', 0) !== 0;
  const oneSided = site.attributes.int('onesided', 0) !== 0;
  if (axis === rank - 1 || (parts !== 1 && parts !== 2) || (oneSided && parts !== (inverse ? 2 : 1))) {
    const got = `dims ${formatDims(dims)}, axis ${given}, onesided ${oneSided}, inverse ${inverse}`;
    throw rangeError(`${site.who}: got ${got}, expected [..., 1] of real or [..., 2] of complex numbers`);
  }
  const { outer, extent, inner } = along(dims.slice(0, -1), axis);
  const asked = site.inputs[1] ? site.constant(1).data[0] : undefined;
  const length = assertLength(site, asked ?? (oneSided && inverse ? 2 * (extent - 1) : extent));
  const bins = Math.floor(length / 2) + 1;
  const count = oneSided && !inverse ? bins : length;
  const outParts = oneSided && inverse ? 1 : 2;
  const result = [...dims.slice(0, -1).with(axis, count), outParts];
  tensorBytes(dtype, result, site);
  const fourier = new Fourier(length, inverse);
  const { x, y } = fourier;
  const scale = inverse ? 1 / length : 1;
  const read = Math.min(extent, oneSided && inverse ? bins : length);
  return overArrays([site.input(0)], { dtype, dims: result }, (to, o, [from], [at]) => {
    for (let a = 0; a < outer; a++) {
      for (let b = 0; b < inner; b++) {
        x.fill(0);
        for (let i = 0; i < read; i++) {
          const start = at + ((a * extent + i) * inner + b) * parts;
          x[i] = from[start];
          if (parts === 2) x[length + i] = from[start + 1];
          // The other half of a one-sided spectrum is its mirror image.
          if (outParts === 2 || i === 0 || 2 * i >= length) continue;
          x[length - i] = x[i];
          x[2 * length - i] = -x[length + i];
        }
        fourier.run();
        for (let i = 0; i < count; i++) {
          const start = o + ((a * count + i) * inner + b) * outParts;
          to[start] = y[i] * scale;
          if (outParts === 2) to[start + 1] = y[length + i] * scale;
        }
      }
    }
  });
};

/** [B, L, 1 or 2] to [B, frames, bins, 2]. */
const stft: Operator = (site) => {
  assertFloat(site, 0);
  const signal = site.input(0);
  const window = site.inputs[2];
  const { dtype, dims } = signal;
  const [batch, extent, parts] = dims.length === 2 ? [...dims, 1] : dims;
  const step = site.constant(1).data[0];
  const asked = site.inputs[3] && site.constant(3).data[0];
  const length = assertLength(site, asked ?? (window ? sizeOf(window.dims) : extent));
  const oneSided = site.attributes.int('onesided', 1) !== 0;
  if (
    dims.length > 3 ||
    !(parts === 1 || (parts === 2 && !oneSided)) ||
    !(step >= 1 && length <= extent) ||
    (window && (sizeOf(window.dims) !== length || window.dtype !== dtype))
  ) {
    const got = `dims ${formatDims(dims)}, step ${step}, window ${window ? formatDims(window.dims) : 'none'}`;
    throw rangeError(`${site.who}: got ${got}, expected [B, L, 1] with a frame of ${length}`);
  }
  const frames = Math.floor((extent - length) / step) + 1;
  const bins = oneSided ? Math.floor(length / 2) + 1 : length;
  const result = [batch, frames, bins, 2];
  tensorBytes(dtype, result, site);
  const fourier = new Fourier(length, false);
  const { x, y } = fourier;
  return overArrays([signal, undefined, window], { dtype, dims: result }, (to, o, from, at) => {
    for (let f = 0; f < batch * frames; f++) {
      const first = Math.floor(f / frames) * extent + (f % frames) * step;
      for (let i = 0; i < length; i++) {
        const factor = window ? from[2][at[2] + i] : 1;
        const start = at[0] + (first + i) * parts;
        x[i] = from[0][start] * factor;
        x[length + i] = parts === 2 ? from[0][start + 1] * factor : 0;
      }
      fourier.run();
      for (let k = 0; k < bins; k++) {
        to[o + 2 * (f * bins + k)] = y[k];
        to[o + 2 * (f * bins + k) + 1] = y[length + k];
      }
    }
  });
};

function outputType(site: Site): Dtype {
  return dtypeNamed(site, site.attributes.int('output_datatype', 1));
}

/** a − b · cos φ + c · cos 2φ, φ from 0 on, around the circle. */
function windowOf(a: number, b: number, c: number): Operator {
  return (site) => {
    const size = assertLength(site, site.constant(0).data[0]);
    const turns = site.attributes.int('periodic', 1) ? size : size - 1;
    return overArrays([], { dtype: outputType(site), dims: [size] }, (to, o) => {
      for (let i = 0; i < size; i++) {
        const angle = (2 * Math.PI * i) / turns;
        to[o + i] = a - b * Math.cos(angle) + c * Math.cos(2 * angle);
      }
    });
  };
}

/** Triangles that overlap by half, at equal distances on the mel scale: 2595 · log₁₀(1 + f / 700). */
const melWeightMatrix: Operator = (site) => {
  const [bands, length, rate, low, high] = [0, 1, 2, 3, 4].map((i) => site.constant(i).data[0]);
  const bins = Math.floor(assertLength(site, length) / 2) + 1;
  const mel = (f: number) => 2595 * Math.log10(1 + f / 700);
  const step = (mel(high) - mel(low)) / (bands + 2);
  const place = (i: number) => Math.floor(((length + 1) * 700 * (10 ** ((i * step + mel(low)) / 2595) - 1)) / rate);
  if (!(place(0) >= 0 && place(assertLength(site, bands) + 1) <= bins)) {
    throw rangeError(`${site.who}: got ${low} to ${high} Hz of ${rate}, expected frequencies of the spectrum`);
  }
  return overArrays([], { dtype: outputType(site), dims: [bins, bands] }, (to, o) => {
    to.fill(0, o, o + bins * bands);
    for (let i = 0; i < bands; i++) {
      const [left, center, right] = [place(i), place(i + 1), place(i + 2)];
      for (let j = left; j < Math.min(bins, Math.max(center + 1, right)); j++) {
        const height = j < center ? (j - left) / (center - left) : (right - j) / (right - center);
        to[o + j * bands + i] = j === center ? 1 : height;
      }
    }
  });
};

/** What sound goes through before a network. */
export const SPECTRA: OperatorTable = {
  DFT: [{ since: 17, operator: dft }],
  STFT: [{ since: 17, operator: stft }],
  HannWindow: [{ since: 17, operator: windowOf(0.5, 0.5, 0) }],
  HammingWindow: [{ since: 17, operator: windowOf(25 / 46, 21 / 46, 0) }],
  BlackmanWindow: [{ since: 17, operator: windowOf(0.42, 0.5, 0.08) }],
  MelWeightMatrix: [{ since: 17, operator: melWeightMatrix }],
};
