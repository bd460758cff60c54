import { rangeError, typeError } from '../errors.js';
import type { LSTMState, Module } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { normalOf, seededRandom } from '../random.js';
import { assertTensor, describeValue, formatDims, isFloat32Array, type Tensor } from '../tensor.js';
import { assertFinite } from './assert-finite.js';
import { gradientNorm } from './clip-gradients.js';
import { Tape } from './tape/tape.js';

/** A layer that can be asked: RNN, LSTM or GRU, of one direction. */
export interface FlowingLayer extends Module {
  readonly numLayers: number;
  readonly directions: number;
  readonly batchFirst: boolean;
}

/** Options of `gradientFlow`. */
export interface GradientFlowOptions {
  /** T: how far back the gradient is followed. */
  steps: number;
  /** B: sequences it is averaged over, in the sense of the root of the mean square. Default 16. */
  batch?: number;
  /** Seed of the input, standard normal. Default 0. */
  seed?: number;
  /** The input [T, B, I] in place of a drawn one; `steps` and `batch` are then its own. */
  input?: Tensor;
  /** u of the loss, as many numbers as an output has. Default: 1/√size each, a vector of length 1. */
  direction?: Float32Array;
}

/** How much of a gradient is left after so many steps back. Every list begins with distance 0 and ends with T. */
export interface GradientFlow {
  /** ‖∂L/∂h‖ of each layer, by distance T − t: `h[layer][distance]`. */
  readonly h: readonly Float64Array[];
  /** ‖∂L/∂c‖ likewise; only of an LSTM. */
  readonly c?: readonly Float64Array[];
  /**
   * ‖∂L/∂W‖ over all weights together, backpropagation cut after so many steps: what clipping by norm would see. 0 at
   * distance 0.
   */
  readonly weights: Float64Array;
}

/**
 * Follows a gradient back through time: the norm, over batch and units, of ∂L/∂h_t and ∂L/∂c_t for
 * L = Σ u·h_T / √B, by backpropagation step by step from T to 0. The states after a step count as independent: ∂L/∂h_t is
 * what a small change of h_t alone, c_t kept, would do to L by way of all later steps. The layer is not changed.
 *
 * Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks, 2013.
 *
 * A bidirectional layer is refused: what its output at T knows came from both sides, so no distance T − t says how far a
 * gradient has come, and in a stack the two directions read each other. Each direction of one layer is a layer of its own,
 * the reverse one over the input in reverse: load its weights without `_reverse` and ask that.
 *
 * Cost: two passes over T steps, states of all steps kept.
 *
 * @param layer RNN, LSTM or GRU
 * @throws {TypeError | RangeError} if the layer is bidirectional or an option does not fit
 * @throws {Error} after the layer's `dispose()`
 */
export function gradientFlow(layer: FlowingLayer, options: GradientFlowOptions): GradientFlow {
  const who = 'gradientFlow';
  checkLayer(layer, who);
  assertOptions(options, ['steps', 'batch', 'seed', 'input', 'direction'], who);
  const input = options.input === undefined ? drawInput(layer, options, who) : checkInput(layer, options.input, who);
  const direction = checkDirection(layer, options.direction, who);
  const [steps, batch] = input.dims;
  const tape = new Tape(layer, { steps: 1, batch });
  try {
    return followBack(layer, tape, rowsOf(layer, input), direction, steps, batch);
  } finally {
    tape.dispose();
  }
}

function followBack(
  layer: FlowingLayer,
  tape: Tape,
  rows: readonly Tensor[],
  direction: Float32Array,
  steps: number,
  batch: number,
): GradientFlow {
  const states: unknown[] = [undefined];
  for (const row of rows) states.push(layer.run(row, { state: states.at(-1) }).state);
  const flow = new FlowRecord(layer, states[steps] as LSTMState, steps);
  const outputDims = layer.batchFirst ? [batch, 1, layer.outputSize] : [1, batch, layer.outputSize];
  const scale = 1 / Math.sqrt(batch);
  const seedGradient = Float32Array.from({ length: batch * direction.length }, (_, i) => {
    return direction[i % direction.length] * scale;
  });
  const none = { data: new Float32Array(batch * direction.length), dims: outputDims };
  // The output is the last layer's h: the loss enters there, as a gradient of the final state.
  let stateGradient = lastLayer(states[steps] as LSTMState, seedGradient);
  flow.record(0, stateGradient, 0);
  tape.parameters.zeroGradients();
  for (let t = steps; t > 0; t--) {
    tape.forward(rows[t - 1], { state: states[t - 1] });
    stateGradient = tape.backward(none, { stateGradient }).state as LSTMState;
    flow.record(steps - t + 1, stateGradient, gradientNorm(tape.parameters));
  }
  return flow.result();
}

/** A gradient of the state that is zero but for h of the last layer. */
function lastLayer(state: Partial<LSTMState>, gradient: Float32Array): LSTMState {
  const h = new Float32Array((state.h as Tensor).data.length);
  h.set(gradient, h.length - gradient.length);
  const zero = { h: { data: h, dims: (state.h as Tensor).dims } };
  if (state.c === undefined) return zero as LSTMState;
  return { ...zero, c: { data: new Float32Array(state.c.data.length), dims: state.c.dims } };
}

/** Collects norms by layer and distance. */
class FlowRecord {
  private readonly h: Float64Array[];
  private readonly c: Float64Array[] | undefined;
  private readonly weights: Float64Array;

  constructor(layer: FlowingLayer, state: Partial<LSTMState>, steps: number) {
    const lists = () => Array.from({ length: layer.numLayers }, () => new Float64Array(steps + 1));
    this.h = lists();
    this.c = state.c === undefined ? undefined : lists();
    this.weights = new Float64Array(steps + 1);
  }

  record(distance: number, { h, c }: LSTMState, weights: number): void {
    layerNorms(h).forEach((norm, layer) => {
      this.h[layer][distance] = norm;
    });
    if (this.c) {
      layerNorms(c).forEach((norm, layer) => {
        (this.c as Float64Array[])[layer][distance] = norm;
      });
    }
    this.weights[distance] = weights;
  }

  result(): GradientFlow {
    const { h, c, weights } = this;
    return c ? { h, c, weights } : { h, weights };
  }
}

/** In float64: squares of small float32 numbers would vanish before the numbers do. */
function layerNorms({ data, dims: [layers] }: Tensor): number[] {
  const size = data.length / layers;
  return Array.from({ length: layers }, (_, layer) => {
    let sum = 0;
    for (let i = layer * size; i < (layer + 1) * size; i++) sum += data[i] * data[i];
    return Math.sqrt(sum);
  });
}

function rowsOf({ batchFirst }: FlowingLayer, { data, dims: [steps, batch, width] }: Tensor): Tensor[] {
  const dims = batchFirst ? [batch, 1, width] : [1, batch, width];
  const size = batch * width;
  return Array.from({ length: steps }, (_, t) => ({ data: data.subarray(t * size, (t + 1) * size), dims }));
}

function checkLayer(layer: FlowingLayer, who: string): void {
  const recurrent = typeof layer?.numLayers === 'number' && typeof layer.directions === 'number';
  if (!recurrent) {
    throw typeError(`${who}: layer: got ${describeValue(layer)}, expected an RNN, an LSTM or a GRU`);
  }
  if (layer.directions !== 1) {
    throw rangeError(
      `${who}: layer: got a bidirectional ${layer.type}, expected one direction in time: ask each as a layer of its own`,
    );
  }
}

function drawInput({ inputSize }: FlowingLayer, { steps, batch = 16, seed = 0 }: GradientFlowOptions, who: string) {
  assertSize(steps, `${who}: steps`);
  assertSize(batch, `${who}: batch`);
  assertFinite(seed, `${who}: seed`);
  const normal = normalOf(seededRandom(seed));
  return { data: Float32Array.from({ length: steps * batch * inputSize }, normal), dims: [steps, batch, inputSize] };
}

function checkInput({ inputSize }: FlowingLayer, input: Tensor, who: string): Tensor {
  assertTensor(input, `${who}: input`);
  const { dims } = input;
  if (dims.length === 3 && dims[0] > 0 && dims[1] > 0 && dims[2] === inputSize) return input;
  throw rangeError(`${who}: input: got dims ${formatDims(dims)}, expected [steps, batch, ${inputSize}]`);
}

function checkDirection({ outputSize }: FlowingLayer, direction: Float32Array | undefined, who: string): Float32Array {
  if (direction === undefined) return new Float32Array(outputSize).fill(1 / Math.sqrt(outputSize));
  if (isFloat32Array(direction) && direction.length === outputSize) return direction;
  throw typeError(`${who}: direction: got ${describeValue(direction)}, expected a Float32Array of ${outputSize}`);
}
