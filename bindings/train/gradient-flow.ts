import { rangeError, typeError } from '../errors.js';
import type { Module } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { normalOf, seededRandom } from '../random.js';
import { assertTensor, describeValue, formatDims, isFloat32Array, type Tensor } from '../tensor.js';
import { assertFinite } from './assert-finite.js';
import { ExactCell } from './exact/exact-cell.js';
import { excess, logOf, normOf, scaleBy } from './exact/scaled.js';

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

/** Norms by distance. Every list begins with distance 0 and ends with T. */
export interface FlowNorms {
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

/** How much of a gradient is left after so many steps back. */
export interface GradientFlow extends FlowNorms {
  /** The decimal logarithms of the same norms, exact where the norms themselves are infinite or 0; −∞ for a true 0. */
  readonly logarithms: FlowNorms;
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
 * All is computed in float64, a power of two apart, so that no gradient overflows or vanishes before it is 0. An int8 layer is
 * followed with the weights it stands for. Cost: three passes over T steps in JavaScript, states of all steps kept.
 *
 * @param layer RNN, LSTM or GRU
 * @throws {TypeError | RangeError} if the layer is bidirectional or an option does not fit
 * @throws {Error} after the layer's `dispose()`
 *
 * @example
 * ```ts
 * import { RNN } from 'hiddenstate';
 * import { gradientFlow } from 'hiddenstate/train';
 *
 * const rnn = new RNN({ inputSize: 1, hiddenSize: 8, seed: 1 });
 * const [norms] = gradientFlow(rnn, { steps: 50 }).h;
 * console.log(norms[50] / norms[0] < 1e-6); // true
 * ```
 */
export function gradientFlow(layer: FlowingLayer, options: GradientFlowOptions): GradientFlow {
  const who = 'gradientFlow';
  checkLayer(layer, who);
  assertOptions(options, ['steps', 'batch', 'seed', 'input', 'direction'], who);
  const input = options.input === undefined ? drawInput(layer, options, who) : checkInput(layer, options.input, who);
  const direction = checkDirection(layer, options.direction, who);
  const [steps, batch] = input.dims;
  const dict = layer.stateDict();
  const cells = Array.from({ length: layer.numLayers }, (_, l) => new ExactCell(layer.config, dict, `_l${l}`));
  const size = batch * input.dims[2];
  const rows = Array.from({ length: steps }, (_, t) =>
    Float64Array.from(input.data.subarray(t * size, (t + 1) * size)),
  );
  return followBack(cells, rows, direction, batch);
}

function followBack(
  cells: readonly ExactCell[],
  rows: readonly Float64Array[],
  direction: Float32Array,
  batch: number,
): GradientFlow {
  const states = runForward(cells, rows, batch);
  const steps = rows.length;
  const flow = new FlowRecord(cells, steps);
  const scale = 1 / Math.sqrt(batch);
  const last = cells.length - 1;
  // The output is the last layer's h: the loss enters there, as a gradient of the final state.
  let dh: Float64Array[] = cells.map(({ outputSize }, layer) =>
    Float64Array.from({ length: batch * outputSize }, (_, i) =>
      layer === last ? direction[i % outputSize] * scale : 0,
    ),
  );
  let dc: (Float64Array | undefined)[] = cells.map(({ hasCellState, hiddenSize }) =>
    hasCellState ? new Float64Array(batch * hiddenSize) : undefined,
  );
  const sums = cells.map(({ weights }) => zerosLike(weights));
  let [exponent, sumExponent] = [0, 0];
  flow.record(0, dh, dc, exponent);
  for (let t = steps; t > 0; t--) {
    // What is added up has a power of two of its own; the greater of the two is kept.
    if (exponent > sumExponent) {
      for (const sum of sums) rescale(Object.values(sum), sumExponent - exponent);
      sumExponent = exponent;
    }
    const factor = scaleBy(1, exponent - sumExponent);
    ({ dh, dc } = stepBack(cells, states[t - 1], rows[t - 1], dh, dc, sums, factor));
    const excessive = excess([...dh, ...dc]);
    if (excessive !== 0) {
      rescale([...dh, ...dc], -excessive);
      exponent += excessive;
    }
    flow.record(steps - t + 1, dh, dc, exponent);
    const norm = normOf(sums.flatMap((sum) => Object.values(sum)));
    flow.recordWeights(steps - t + 1, norm, sumExponent);
  }
  return flow.result();
}

interface LayerState {
  readonly h: Float64Array;
  readonly c: Float64Array | undefined;
}

/** States of all layers before each step. */
function runForward(cells: readonly ExactCell[], rows: readonly Float64Array[], batch: number): LayerState[][] {
  let state: LayerState[] = cells.map(({ outputSize, hiddenSize, hasCellState }) => ({
    h: new Float64Array(batch * outputSize),
    c: hasCellState ? new Float64Array(batch * hiddenSize) : undefined,
  }));
  return rows.map((row, t) => {
    const before = state;
    let x = row;
    state = cells.map((cell, layer) => {
      const { h, c } = cell.step(x, before[layer].h, before[layer].c);
      x = h;
      return { h, c };
    });
    if (x.every(Number.isFinite)) return before;
    throw rangeError(
      `gradientFlow: got a state that float64 cannot hold after ${t + 1} steps, expected weights or fewer steps that keep it below 1e308`,
    );
  });
}

function stepBack(
  cells: readonly ExactCell[],
  state: readonly LayerState[],
  row: Float64Array,
  dh: readonly Float64Array[],
  dc: readonly (Float64Array | undefined)[],
  sums: readonly Readonly<Record<string, Float64Array>>[],
  factor: number,
) {
  const inputs: Float64Array[] = [];
  let x = row;
  const done = cells.map((cell, layer) => {
    inputs.push(x);
    const step = cell.step(x, state[layer].h, state[layer].c);
    x = step.h;
    return step;
  });
  const next = { dh: [...dh], dc: [...dc] };
  let above: Float64Array | undefined;
  for (let layer = cells.length - 1; layer >= 0; layer--) {
    const d = above ? dh[layer].map((value, i) => value + (above as Float64Array)[i]) : dh[layer];
    const before = { x: inputs[layer], ...state[layer] };
    const gradients = cells[layer].back(done[layer], before, d, dc[layer], sums[layer], factor);
    above = gradients.x;
    next.dh[layer] = gradients.h;
    next.dc[layer] = gradients.c;
  }
  return next;
}

function zerosLike(weights: Readonly<Record<string, Float64Array>>): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(weights).map(([name, { length }]) => [name, new Float64Array(length)]));
}

function rescale(parts: readonly (Float64Array | undefined)[], exponent: number): void {
  for (const part of parts) if (part) for (let i = 0; i < part.length; i++) part[i] = scaleBy(part[i], exponent);
}

/** Collects norms and their logarithms by layer and distance. */
class FlowRecord {
  private readonly values: FlowNorms;
  private readonly logarithms: FlowNorms;

  constructor(cells: readonly ExactCell[], steps: number) {
    const lists = () => cells.map(() => new Float64Array(steps + 1));
    const norms = () => ({
      h: lists(),
      ...(cells[0].hasCellState && { c: lists() }),
      weights: new Float64Array(steps + 1),
    });
    this.values = norms();
    this.logarithms = norms();
    this.logarithms.weights[0] = Number.NEGATIVE_INFINITY;
  }

  record(
    distance: number,
    dh: readonly Float64Array[],
    dc: readonly (Float64Array | undefined)[],
    exponent: number,
  ): void {
    for (const [name, parts] of [
      ['h', dh],
      ['c', dc],
    ] as const) {
      parts.forEach((part, layer) => {
        if (!part) return;
        const norm = normOf([part]);
        (this.values[name] as Float64Array[])[layer][distance] = scaleBy(norm, exponent);
        (this.logarithms[name] as Float64Array[])[layer][distance] = logOf(norm, exponent);
      });
    }
  }

  recordWeights(distance: number, norm: number, exponent: number): void {
    this.values.weights[distance] = scaleBy(norm, exponent);
    this.logarithms.weights[distance] = logOf(norm, exponent);
  }

  result(): GradientFlow {
    return { ...this.values, logarithms: this.logarithms };
  }
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
