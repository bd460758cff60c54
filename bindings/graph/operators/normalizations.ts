import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, resolveAxis, sizeOf } from '../dims.js';
import { DTYPE_NUMBERS, type Dtype, isFloat, STORAGE, type Values } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Prepared, Site } from '../operator.js';

/** @throws {RangeError} if an input has not one element for each channel */
function assertPerChannel(site: Site, channels: number, inputs: readonly number[]): void {
  for (const i of inputs) {
    const { dims } = site.input(i);
    if (sizeOf(dims) !== channels) {
      throw rangeError(`${site.who}: input ${i}: got dims ${formatDims(dims)}, expected [${channels}]`);
    }
  }
}

/** @throws {TypeError} if the inputs are not all floating-point numbers that are held as those of the first are */
function floatType(site: Site): Dtype {
  const { dtype } = site.input(0);
  site.inputs.forEach((input, i) => {
    if (input && (STORAGE[input.dtype].view !== STORAGE[dtype].view || !isFloat(input.dtype) || !isFloat(dtype))) {
      throw typeError(`${site.who}: input ${i}: got ${input.dtype}, expected floating-point numbers of one type`);
    }
  });
  return dtype;
}

/** Channels of [N, C, …]. */
function channelsOf(site: Site): { batch: number; channels: number; size: number } {
  const { dims } = site.input(0);
  if (dims.length < 2 || dims[1] < 1) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected [N, C, …]`);
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
  const { view, bytes } = STORAGE[dtype];
  return {
    outputs: [{ dtype, dims }],
    scratch: (2 * channels * bytes) / 4,
    bind: (place) => {
      const { input, output, memory, graphKernels, scratch } = place;
      const [x, o] = [input(0), output(0)];
      const write = (values: Values, to: number, [scale, bias, mean, variance]: readonly number[]) => {
        for (let c = 0; c < channels; c++) {
          const factor = values[scale + c] / Math.sqrt(values[variance + c] + epsilon);
          values[to + c] = factor;
          values[to + channels + c] = values[bias + c] - values[mean + c] * factor;
        }
      };
      const constants = [1, 2, 3, 4].map((i) => site.input(i).constant);
      if (view === 'f32' && constants.every((each) => each)) {
        const form = `factors:${epsilon}`;
        const known = place.packed(constants, form, 2 * channels, (f32, to, from) =>
          write(
            f32,
            to / 4,
            from.map((address) => address / 4),
          ),
        );
        return () => graphKernels.scaleRuns(o, x, known, known + channels * 4, batch * channels, size, channels);
      }
      const from = [1, 2, 3, 4].map((i) => Memory.index(input(i), view));
      const factors = Memory.index(scratch, view);
      return () => {
        const values = memory[view];
        write(values, factors, from);
        if (view === 'f32') {
          graphKernels.scaleRuns(o, x, scratch, scratch + channels * 4, batch * channels, size, channels);
          return;
        }
        for (let k = 0; k < batch * channels * size; k++) {
          const c = Math.floor(k / size) % channels;
          values[o / bytes + k] = values[x / bytes + k] * values[factors + c] + values[factors + channels + c];
        }
      };
    },
  };
};

/**
 * Rows that are normalised each by its own mean and variance; see the kernel `normalize`. Inputs 1 and 2 are scale and bias;
 * outputs 1 and 2, where they are wanted, the means and 1/σ.
 */
interface Rows {
  readonly rows: number;
  readonly runs: number;
  readonly run: number;
  /** Of scale and bias; 0 where they have an element for each of a row. */
  readonly channels: number;
  readonly centers: boolean;
  readonly epsilon: number;
  /** The type of means and 1/σ. */
  readonly stash?: Dtype;
  /** The dims of means and 1/σ, where the operator gives them. */
  readonly statistics?: readonly number[];
}

function normalizing(site: Site, of: Rows): Prepared {
  const { dtype, dims } = site.input(0);
  const { view, bytes } = STORAGE[dtype];
  const { rows, runs, run, channels, centers, epsilon, statistics, stash = dtype } = of;
  const { view: stashView } = STORAGE[stash];
  return {
    outputs: [
      { dtype, dims },
      ...(statistics ? [statistics, statistics] : []).map((to) => ({ dtype: stash, dims: to })),
    ],
    scratch: (2 * rows * bytes) / 4,
    bind: ({ input, output, memory, graphKernels, scratch }) => {
      const [x, scale, out] = [input(0), input(1), output(0)];
      const bias = site.inputs[2] ? input(2) : 0;
      const stashed = statistics && [1, 2].map((i) => Memory.index(output(i), stashView));
      const [means, inverses] = [scratch, scratch + rows * bytes];
      const each = channels === 0;
      const compute =
        view === 'f32'
          ? () => {
              const flags = [each ? 1 : 0, centers ? 1 : 0];
              graphKernels.normalize(
                out,
                x,
                scale,
                bias,
                means,
                inverses,
                rows,
                runs,
                run,
                channels || 1,
                flags[0],
                flags[1],
                epsilon,
              );
            }
          : () =>
              normalizePlain(
                memory.f64,
                [out, x, scale, bias, means].map((at) => at / 8),
                of,
              );
      return () => {
        compute();
        if (!stashed) return;
        const [from, at] = [memory[view], Memory.index(means, view)];
        stashed.forEach((to, i) => {
          for (let r = 0; r < rows; r++) memory[stashView][to + r] = from[at + i * rows + r];
        });
      };
    },
  };
}

/** As the kernel, for float64. */
function normalizePlain(values: Float64Array, [out, x, scale, bias, means]: readonly number[], of: Rows): void {
  const { rows, runs, run, channels, centers, epsilon } = of;
  const size = runs * run;
  for (let r = 0; r < rows; r++) {
    const start = r * size;
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += values[x + i];
    const mean = centers ? sum / size : 0;
    let squares = 0;
    for (let i = start; i < start + size; i++) squares += (values[x + i] - mean) ** 2;
    const inverse = 1 / Math.sqrt(squares / size + epsilon);
    values[means + r] = mean;
    values[means + rows + r] = inverse;
    for (let i = 0; i < size; i++) {
      const c = channels ? (r * runs + Math.floor(i / run)) % channels : i;
      const normal = (values[x + start + i] - mean) * inverse;
      values[out + start + i] = normal * values[scale + c] + (bias ? values[bias + c] : 0);
    }
  }
}

/** Every channel of every sample by its own mean and variance. */
const instanceNormalization: Operator = (site) => {
  floatType(site);
  const { batch, channels, size } = channelsOf(site);
  assertPerChannel(site, channels, [1, 2]);
  const epsilon = site.attributes.float('epsilon', 1e-5);
  return normalizing(site, { rows: batch * channels, runs: 1, run: size, channels, centers: true, epsilon });
};

/** Every group of channels of every sample by its own mean and variance; before opset 21 a scale is a group's. */
const groupNormalization: Operator = (site) => {
  floatType(site);
  const { batch, channels, size } = channelsOf(site);
  const groups = site.attributes.int('num_groups');
  if (groups < 1 || channels % groups !== 0) {
    throw rangeError(`${site.who}: got num_groups ${groups}, expected a divisor of ${channels} channels`);
  }
  const ofGroups = site.opset < 21;
  assertPerChannel(site, ofGroups ? groups : channels, [1, 2]);
  const each = channels / groups;
  const [runs, run] = ofGroups ? [1, each * size] : [each, size];
  const epsilon = site.attributes.float('epsilon', 1e-5);
  return normalizing(site, {
    rows: batch * groups,
    runs,
    run,
    channels: ofGroups ? groups : channels,
    centers: true,
    epsilon,
  });
};

/** The type of a layer normalization's mean and 1/σ: its own whatever the input's, float32 unless given. */
function stashType(site: Site): Dtype {
  const number = site.attributes.int('stash_type', 1);
  const dtype = DTYPE_NUMBERS[number];
  if (dtype && isFloat(dtype)) return dtype;
  throw rangeError(`${site.who}: stash_type: got ${number}, expected a type of floating-point numbers that is there`);
}

/** Everything from the axis on by its own mean and variance, or by its root mean square alone. */
function layerNormalization(centers: boolean): Operator {
  return (site) => {
    floatType(site);
    const { dims } = site.input(0);
    const axis = resolveAxis(site.attributes.int('axis', -1), dims.length, site);
    const inner = dims.slice(axis);
    const size = sizeOf(inner);
    const factors = [site.input(1), ...(site.inputs[2] ? [site.inputs[2]] : [])];
    factors.forEach((known, i) => {
      if (broadcastDims([known.dims, inner], site).join() === inner.join()) return;
      throw rangeError(
        `${site.who}: input ${i + 1}: got dims ${formatDims(known.dims)}, expected ${formatDims(inner)}`,
      );
    });
    const single = factors.every((known) => sizeOf(known.dims) === 1);
    if (!single && factors.some((known) => sizeOf(known.dims) !== size)) {
      throw rangeError(
        `${site.who}: got a scale or bias to repeat, expected one for each element of ${formatDims(inner)}`,
      );
    }
    return normalizing(site, {
      rows: sizeOf(dims.slice(0, axis)),
      runs: 1,
      run: size,
      channels: single ? 1 : 0,
      centers,
      epsilon: site.attributes.float('epsilon', 1e-5),
      ...(centers ? { stash: stashType(site), statistics: dims.map((extent, d) => (d < axis ? extent : 1)) } : {}),
    });
  };
}

export const NORMALIZATIONS: OperatorTable = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: [{ since: 18, operator: groupNormalization }],
  // onnxruntime has it from the first opset on.
  LayerNormalization: layerNormalization(true),
  RMSNormalization: [{ since: 23, operator: layerNormalization(false) }],
};
