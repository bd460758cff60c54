import type { Activation } from '../../cells/general/activation.js';
import { scalarFunction } from '../../cells/general/scalar-functions.js';
import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import type { Operator, OperatorTable, Place, Site, Step } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { IntegerProduct, type IntegerWeights } from './integer-product.js';
import { ByteRange, scaleOf, zerosOf } from './quantization.js';
import { type Direction, directionsOf } from './recurrent-directions.js';

/** Inputs by place. */
const [X, W, R, B, LENGTHS, INITIAL_H, INITIAL_C, P] = [0, 1, 2, 3, 4, 5, 6, 7];

/** Sizes of a node. */
interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly H: number;
}

/**
 * An LSTM whose weights are bytes, [D, I, 4H] and [D, H, 4H], gates i o f c. All inputs are rounded to bytes as a whole, and every
 * state at every step; products are of integers. onnxruntime rounds as many states together as a thread of its has: where each has
 * one, the numbers are the same.
 */
const dynamicQuantizeLSTM: Operator = (site) => {
  const directions = directionsOf(site, 'LSTM');
  const D = directions.length;
  const x = site.input(X);
  const H = site.input(R).dims[1] ?? 0;
  const [steps = 0, batch = 0, inputSize = 0] = x.dims;
  const sizes = { steps, batch, inputSize, H };
  const expected: [number, readonly number[], string][] = [
    [X, [steps, batch, inputSize], 'float32'],
    [W, [D, inputSize, 4 * H], 'int8 or uint8'],
    [R, [D, H, 4 * H], 'int8 or uint8'],
    [B, [D, 8 * H], 'float32'],
    [LENGTHS, [batch], 'int32'],
    [INITIAL_H, [D, batch, H], 'float32'],
    [INITIAL_C, [D, batch, H], 'float32'],
    [P, [D, 3 * H], 'float32'],
  ];
  for (const [i, dims, types] of expected) {
    const input = i === X || i === W || i === R ? site.input(i) : site.inputs[i];
    if (!input) continue;
    if (!types.includes(input.dtype)) throw typeError(`${site.who}: input ${i}: got ${input.dtype}, expected ${types}`);
    if (input.dims.join() !== dims.join() || dims.includes(0)) {
      throw rangeError(`${site.who}: input ${i}: got dims ${formatDims(input.dims)}, expected ${formatDims(dims)}`);
    }
  }
  if (site.attributes.int('hidden_size', H) !== H) {
    throw rangeError(`${site.who}: hidden_size: got ${site.attributes.int('hidden_size')}, expected ${H}`);
  }
  const shapes = [
    [steps, D, batch, H],
    [D, batch, H],
    [D, batch, H],
  ];
  for (const dims of shapes) tensorBytes('float32', dims, site);
  const halves = directions.map((direction, d) => new QuantizedDirection(site, sizes, direction, d, D));
  return {
    outputs: shapes.map((dims) => ({ dtype: 'float32', dims })),
    scratch: halves.reduce((most, { scratch }) => Math.max(most, scratch), 0),
    inPlace: [undefined, INITIAL_H, INITIAL_C],
    bind: (place) => {
      const runs = halves.map((half) => half.bind(place));
      if (runs.length === 1) return runs[0];
      return () => {
        for (const run of runs) run();
      };
    },
  };
};

/** Weights of one direction, a row for each gate's unit. */
function weightsOf(
  site: Site,
  i: number,
  scaleAt: number,
  d: number,
  D: number,
  cols: number,
  H: number,
): IntegerWeights {
  const rows = 4 * H;
  const weights = site.input(i);
  const scale = scaleOf(site, scaleAt);
  const zeros = zerosOf(site, scaleAt + 1, scale, weights.dtype);
  const perDirection = sizeOf(scale.dims) / D;
  if (perDirection !== 1 && perDirection !== rows) {
    throw rangeError(`${site.who}: got scales ${formatDims(scale.dims)}, expected [${D}] or [${D}, ${rows}]`);
  }
  const known = [i, scaleAt].map((k) => site.constant(k));
  const zeroValues = zeros && site.constant(scaleAt + 1);
  const of = (values: ArrayLike<number>, row: number) => values[d * perDirection + (perDirection === 1 ? 0 : row)];
  return {
    rows,
    cols,
    areBytes: weights.dtype === 'int8' && !zeroValues?.data.some((zero) => zero !== 0),
    sources: [...known, zeroValues],
    form: `quantized ${d} ${rows} ${cols}`,
    at: (row, col) => known[0].data[(d * cols + col) * rows + row] - (zeroValues ? of(zeroValues.data, row) : 0),
    scale: (row) => of(known[1].data, row),
  };
}

const usual = ({ name }: Activation, wanted: string): boolean => name === wanted;

/** One direction of a node. */
class QuantizedDirection {
  readonly scratch: number;
  private readonly ofInput: IntegerProduct;
  private readonly ofState: IntegerProduct;

  constructor(
    private readonly site: Site,
    private readonly sizes: Sizes,
    private readonly direction: Direction,
    private readonly d: number,
    D: number,
  ) {
    const { steps, batch, inputSize, H } = sizes;
    this.ofInput = new IntegerProduct(steps * batch, weightsOf(site, W, 8, d, D, inputSize, H), false);
    this.ofState = new IntegerProduct(batch, weightsOf(site, R, 10, d, D, H, H), false);
    this.scratch = this.ofInput.scratch + this.ofState.scratch + 3 * padded(batch * H);
  }

  bind(place: Place): Step {
    const { site, sizes, direction, d, ofInput, ofState } = this;
    const { steps, batch, inputSize, H } = sizes;
    const { memory, kernels, scratch } = place;
    const input = ofInput.bind(place, scratch);
    const state = ofState.bind(place, scratch + ofInput.scratch * 4);
    const { stride } = ofState;
    const own = scratch + (ofInput.scratch + ofState.scratch) * 4;
    const [hAt, cAt, tanhAt] = [0, 1, 2].map((k) => own / 4 + k * padded(batch * H));
    const x = place.input(X) / 4;
    const optional = (i: number, size: number) => (site.inputs[i] ? place.input(i) / 4 + d * size : -1);
    const [bias, peepholes] = [optional(B, 8 * H), optional(P, 3 * H)];
    const [h0, c0] = [optional(INITIAL_H, batch * H), optional(INITIAL_C, batch * H)];
    const lengths = site.inputs[LENGTHS] ? place.input(LENGTHS) / 4 : -1;
    const D = sizeOf(site.input(W).dims.slice(0, 1));
    const [y, lastH, lastC] = [0, 1, 2].map((i) => place.output(i) / 4);
    const clip = site.attributes.float('clip', 0) || Number.POSITIVE_INFINITY;
    const coupled = site.attributes.int('input_forget', 0) !== 0;
    const { gate, candidate, output } = direction.functions;
    const [f, g, h] = [gate, candidate, output].map(({ name, alpha, beta }) =>
      scalarFunction(name as 'tanh', alpha, beta),
    );
    // With the usual functions gates lie so that the kernels' maps take them whole.
    const isFast =
      usual(gate, 'sigmoid') &&
      usual(candidate, 'tanh') &&
      usual(output, 'tanh') &&
      H % 4 === 0 &&
      peepholes < 0 &&
      clip === Number.POSITIVE_INFINITY &&
      !coupled;
    const range = new ByteRange();
    const bounded = (value: number) => Math.max(-clip, Math.min(clip, value));

    const loadAll = (most: number): void => {
      range.measure(memory.f32, x, most * batch * inputSize);
      for (let r = 0; r < most * batch; r++) loadRow(input, r, x + r * inputSize, inputSize);
    };
    const row = new Float32Array(Math.max(inputSize, H));
    const loadRow = (into: typeof input, r: number, from: number, width: number): void => {
      const { f32 } = memory;
      for (let i = 0; i < width; i++) row[i] = range.byte(f32[from + i]);
      into.load(r, row, 0, range.zero, range.scale);
    };

    const gatesOf = (a: number, b: number): void => {
      const { f32 } = memory;
      for (let i = 0; i < 4 * H; i++) {
        f32[a + i] += f32[b + i] + (bias < 0 ? 0 : f32[bias + i] + f32[bias + 4 * H + i]);
      }
    };

    const fast = (a: number, b: number): void => {
      kernels.sigmoidMap(a * 4, a * 4, 3 * H);
      kernels.tanhMap((a + 3 * H) * 4, (a + 3 * H) * 4, H);
      const { f32 } = memory;
      const c = cAt + b * H;
      for (let i = 0; i < H; i++) f32[c + i] = f32[a + 2 * H + i] * f32[c + i] + f32[a + i] * f32[a + 3 * H + i];
      kernels.tanhMap(tanhAt * 4, c * 4, H);
      for (let i = 0; i < H; i++) f32[hAt + b * H + i] = f32[a + H + i] * f32[tanhAt + i];
    };

    const slow = (a: number, b: number): void => {
      const { f32 } = memory;
      for (let i = 0; i < H; i++) {
        const c = cAt + b * H + i;
        const before = f32[c];
        const peephole = (k: number, cell: number) => (peepholes < 0 ? 0 : f32[peepholes + k * H + i] * cell);
        const inGate = f(bounded(f32[a + i] + peephole(0, before)));
        const forget = coupled ? 1 - inGate : f(bounded(f32[a + 2 * H + i] + peephole(2, before)));
        const cell = forget * before + inGate * g(bounded(f32[a + 3 * H + i]));
        f32[c] = cell;
        f32[hAt + b * H + i] = f(bounded(f32[a + H + i] + peephole(1, cell))) * h(cell);
      }
    };

    return () => {
      const { f32, i32 } = memory;
      let most = lengths < 0 ? steps : 0;
      for (let b = 0; lengths >= 0 && b < batch; b++) {
        const length = i32[lengths + b];
        if (!(length >= 0 && length <= steps)) {
          throw rangeError(`${site.who}: sequence_lens[${b}]: got ${length}, expected 0 to ${steps}`);
        }
        most = Math.max(most, length);
      }
      loadAll(most);
      input.run();
      for (let i = 0; i < batch * H; i++) {
        f32[hAt + i] = h0 < 0 ? 0 : f32[h0 + i];
        f32[cAt + i] = c0 < 0 ? 0 : f32[c0 + i];
      }
      for (let t = 0; t < steps; t++) {
        if (t < most) {
          for (let b = 0; b < batch; b++) {
            range.measure(f32, hAt + b * H, H);
            loadRow(state, b, hAt + b * H, H);
          }
          state.run();
        }
        for (let b = 0; b < batch; b++) {
          const length = lengths < 0 ? steps : i32[lengths + b];
          // Backwards, a sequence begins with its own last element; what is past its end gives zeros.
          const at = direction.reverse && t < length ? length - 1 - t : t;
          const to = y + ((at * D + d) * batch + b) * H;
          if (t < length) {
            const a = input.out / 4 + (at * batch + b) * stride;
            gatesOf(a, state.out / 4 + b * stride);
            if (isFast) fast(a, b);
            else slow(a, b);
          }
          for (let i = 0; i < H; i++) f32[to + i] = t < length ? f32[hAt + b * H + i] : 0;
        }
      }
      for (let i = 0; i < batch * H; i++) {
        f32[lastH + d * batch * H + i] = f32[hAt + i];
        f32[lastC + d * batch * H + i] = f32[cAt + i];
      }
    };
  }
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Recurrent operators of com.microsoft. */
export const QUANTIZED_LSTM: OperatorTable = { DynamicQuantizeLSTM: dynamicQuantizeLSTM };
