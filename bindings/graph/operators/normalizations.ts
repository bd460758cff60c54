import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, resolveAxis, sizeOf } from '../dims.js';
import { DTYPE_NUMBERS, type Dtype, isFloat, STORAGE } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Site } from '../operator.js';

/** @throws {RangeError} if an input has not one element for each channel */
function assertPerChannel(site: Site, channels: number, inputs: readonly number[]): void {
  for (const i of inputs) {
    const { dims } = site.input(i);
    if (sizeOf(dims) !== channels) {
      throw rangeError(`${site.who}: input ${i}: got dims ${formatDims(dims)}, expected [${channels}]`);
    }
  }
}

/** @throws {TypeError} if the inputs are not all of the type of the first */
function floatType(site: Site): Dtype {
  const { dtype } = site.input(0);
  site.inputs.forEach((input, i) => {
    if (input && (input.dtype !== dtype || STORAGE[dtype].integer)) {
      throw typeError(`${site.who}: input ${i}: got ${input.dtype}, expected floating-point numbers of one type`);
    }
  });
  return dtype;
}

/** Channels of [N, C, …]. */
function channelsOf(site: Site): { batch: number; channels: number; size: number } {
  const { dims } = site.input(0);
  if (dims.length < 2) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected [N, C, …]`);
  return { batch: dims[0], channels: dims[1], size: sizeOf(dims.slice(2)) };
}

/** At inference: every channel by the mean and variance that the model brings. */
const batchNormalization: Operator = (site) => {
  const dtype = floatType(site);
  const { dims } = site.input(0);
  const { batch, channels, size } = channelsOf(site);
  const trains = site.opset < 7 ? !site.attributes.int('is_test', 0) : site.attributes.int('training_mode', 0);
  if (trains || site.wants(1)) {
    throw rangeError(`${site.who}: got training mode, expected inference`);
  }
  assertPerChannel(site, channels, [1, 2, 3, 4]);
  const epsilon = site.attributes.float('epsilon', 1e-5);
  const { view } = STORAGE[dtype];
  return {
    outputs: [{ dtype, dims }],
    bind: ({ input, output, memory }) => {
      const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => Memory.index(input(i), view));
      const o = Memory.index(output(0), view);
      return () => {
        const values = memory[view];
        for (let n = 0; n < batch; n++) {
          for (let c = 0; c < channels; c++) {
            const factor = values[scale + c] / Math.sqrt(values[variance + c] + epsilon);
            const shift = values[bias + c] - values[mean + c] * factor;
            const start = (n * channels + c) * size;
            for (let i = start; i < start + size; i++) values[o + i] = values[x + i] * factor + shift;
          }
        }
      };
    },
  };
};

/** Every channel of every sample by its own mean and variance. */
const instanceNormalization: Operator = (site) => {
  const dtype = floatType(site);
  const { dims } = site.input(0);
  const { batch, channels, size } = channelsOf(site);
  assertPerChannel(site, channels, [1, 2]);
  const epsilon = site.attributes.float('epsilon', 1e-5);
  const { view } = STORAGE[dtype];
  return {
    outputs: [{ dtype, dims }],
    bind: ({ input, output, memory }) => {
      const [x, scale, bias] = [0, 1, 2].map((i) => Memory.index(input(i), view));
      const o = Memory.index(output(0), view);
      const moments = { mean: 0, deviation: 0 };
      return () => {
        const values = memory[view];
        for (let k = 0; k < batch * channels; k++) {
          const c = k % channels;
          momentsInto(moments, values, x + k * size, size, epsilon);
          for (let i = k * size; i < (k + 1) * size; i++) {
            values[o + i] = ((values[x + i] - moments.mean) / moments.deviation) * values[scale + c] + values[bias + c];
          }
        }
      };
    },
  };
};

/** The type of a layer normalization's mean and 1/σ: its own whatever the input's, float32 unless given. */
function stashType(site: Site): Dtype {
  const number = site.attributes.int('stash_type', 1);
  const dtype = DTYPE_NUMBERS[number];
  if (dtype && isFloat(dtype)) return dtype;
  throw rangeError(`${site.who}: stash_type: got ${number}, expected a type of floating-point numbers that is there`);
}

/** Everything from the axis on by its own mean and variance; also gives both, the latter as 1/σ. */
const layerNormalization: Operator = (site) => {
  const dtype = floatType(site);
  const { dims } = site.input(0);
  const axis = resolveAxis(site.attributes.int('axis', -1), dims.length, site);
  const inner = dims.slice(axis);
  const factors = [1, 2].map((i) => {
    const known = i === 1 ? site.input(1) : site.inputs[2];
    if (known && broadcastDims([known.dims, inner], site).join() !== inner.join()) {
      throw rangeError(`${site.who}: input ${i}: got dims ${formatDims(known.dims)}, expected ${formatDims(inner)}`);
    }
    return known && { single: sizeOf(known.dims) === 1, tight: broadcastStrides(known.dims, inner) };
  });
  const [scaled, shifted] = factors;
  for (const factor of factors) {
    if (factor && !factor.single && factor.tight.some((stride, d) => stride === 0 && inner[d] !== 1)) {
      throw rangeError(
        `${site.who}: got a scale or bias to repeat, expected one for each element of ${formatDims(inner)}`,
      );
    }
  }
  const [rows, size] = [sizeOf(dims.slice(0, axis)), sizeOf(inner)];
  const statistics = dims.map((extent, d) => (d < axis ? extent : 1));
  const epsilon = site.attributes.float('epsilon', 1e-5);
  const stash = stashType(site);
  const { view } = STORAGE[dtype];
  const { view: stashView } = STORAGE[stash];
  return {
    outputs: [{ dtype, dims }, ...[statistics, statistics].map((of) => ({ dtype: stash, dims: of }))],
    bind: ({ input, output, memory }) => {
      const [x, scale] = [0, 1].map((i) => Memory.index(input(i), view));
      const bias = shifted ? Memory.index(input(2), view) : 0;
      const o = Memory.index(output(0), view);
      const [means, inverses] = [1, 2].map((i) => Memory.index(output(i), stashView));
      const scaleStep = scaled?.single ? 0 : 1;
      const biasStep = shifted?.single ? 0 : 1;
      const moments = { mean: 0, deviation: 0 };
      return () => {
        const values = memory[view];
        const stashed = memory[stashView];
        for (let r = 0; r < rows; r++) {
          momentsInto(moments, values, x + r * size, size, epsilon);
          stashed[means + r] = moments.mean;
          stashed[inverses + r] = 1 / moments.deviation;
          for (let i = 0; i < size; i++) {
            const normal = (values[x + r * size + i] - moments.mean) / moments.deviation;
            values[o + r * size + i] =
              normal * values[scale + i * scaleStep] + (shifted ? values[bias + i * biasStep] : 0);
          }
        }
      };
    },
  };
};

/** Mean and √(variance + epsilon) of a run of elements, in float64. */
function momentsInto(
  out: { mean: number; deviation: number },
  values: ArrayLike<number>,
  start: number,
  size: number,
  epsilon: number,
): void {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += values[start + i];
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (values[start + i] - mean) ** 2;
  out.mean = mean;
  out.deviation = Math.sqrt(squares / size + epsilon);
}

export const NORMALIZATIONS: OperatorTable = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: [{ since: 17, operator: layerNormalization }],
};
