/** One axis that is resized. */
export interface AxisSize {
  readonly extent: number;
  readonly out: number;
  /** A float32. */
  readonly scale: number;
  /** The part that `tf_crop_and_resize` takes: 0 is the first element, 1 the last. */
  readonly start: number;
  readonly end: number;
}

/** How elements are made: the attributes of Resize. */
export interface Sampling {
  readonly mode: string;
  readonly coordinates: string;
  readonly rounding: string;
  /** The cubic's a. */
  readonly cubic: number;
  readonly excludesOutside: boolean;
  readonly antialias: boolean;
}

/** What each element of a resized axis is made of: `count` elements with their weights. */
export interface AxisTaps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/** Where an element of the resized axis lies in the axis as it was; in float32, as everybody computes it. */
export function coordinateOf(i: number, { extent, out, scale, start, end }: AxisSize, coordinates: string): number {
  const { fround } = Math;
  const half = fround(fround((i + 0.5) / scale) - 0.5);
  switch (coordinates) {
    case 'asymmetric':
      return fround(i / scale);
    case 'align_corners':
      return out === 1 ? 0 : fround(fround(i * (extent - 1)) / (out - 1));
    case 'pytorch_half_pixel':
      return out > 1 ? half : 0;
    case 'tf_half_pixel_for_nn':
      return fround((i + 0.5) / scale);
    case 'half_pixel_symmetric':
      return fround((extent / 2) * (1 - out / fround(scale * extent)) + half);
    case 'tf_crop_and_resize':
      if (out === 1) return fround(0.5 * (start + end) * (extent - 1));
      return fround(start * (extent - 1) + (i * (end - start) * (extent - 1)) / (out - 1));
    default:
      return half;
  }
}

/** The table of an axis. One that keeps its size is not sampled. */
export function tapsOf(axis: AxisSize, sampling: Sampling): AxisTaps {
  const { extent, out, scale } = axis;
  // Whatever is to be cropped: as onnxruntime does it.
  if (out === extent && (scale === 1 || sampling.antialias)) {
    const indices = Int32Array.from({ length: out }, (_, i) => i);
    return { count: 1, indices, weights: new Float64Array(out).fill(1) };
  }
  const { mode, coordinates, rounding, cubic, antialias, excludesOutside } = sampling;
  const isNearest = mode === 'nearest';
  const stretch = antialias ? Math.max(1, 1 / scale) : 1;
  const reach = (mode === 'cubic' ? 2 : 1) * stretch;
  const kernel = mode === 'cubic' ? cubicKernel(cubic) : (x: number) => Math.max(0, 1 - Math.abs(x));
  const count = isNearest ? 1 : Math.min(2 * Math.ceil(reach), 2 * extent + 2 * Math.ceil(reach));
  const [indices, weights] = [new Int32Array(out * count), new Float64Array(out * count)];
  for (let i = 0; i < out; i++) {
    const at = coordinateOf(i, axis, coordinates);
    const first = isNearest ? roundBy(rounding, at, scale) : Math.floor(at) - Math.ceil(reach) + 1;
    let sum = 0;
    for (let t = 0; t < count; t++) {
      const index = first + t;
      const inside = Math.min(extent - 1, Math.max(0, index));
      const weight = isNearest ? 1 : excludesOutside && inside !== index ? 0 : kernel((index - at) / stretch);
      indices[i * count + t] = inside;
      weights[i * count + t] = weight;
      sum += weight;
    }
    if (sum !== 0) for (let t = i * count; t < (i + 1) * count; t++) weights[t] /= sum;
  }
  return { count, indices, weights };
}

function roundBy(rounding: string, x: number, scale: number): number {
  if (rounding === 'round_prefer_ceil') return Math.floor(x + 0.5);
  if (rounding === 'round_prefer_floor') return Math.ceil(x - 0.5);
  const up = rounding === 'ceil' || (rounding === 'simple' && scale < 1);
  return up ? Math.ceil(x) : Math.floor(x);
}

/** Keys' cubic convolution. */
function cubicKernel(a: number): (x: number) => number {
  return (signed) => {
    const x = Math.abs(signed);
    if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
    return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
  };
}
