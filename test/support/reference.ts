import type { StateDict } from '../../bindings/tensor.js';
import { type LayerKind, parameterShapes, parameterSuffix, type ReferenceOptions } from './parameter-shapes.js';
import { type Cell, type CellState, type CellWeights, gruCell, lstmCell, rnnCell } from './reference-cells.js';

/** A row-major array whose elements are read as float64. */
export interface Float64Tensor {
  readonly data: Float64Array | Float32Array;
  readonly dims: readonly number[];
}

/** h [D·L, B, H or projSize] and, for an LSTM, c [D·L, B, H]. */
export interface ReferenceState {
  readonly h: Float64Tensor;
  readonly c?: Float64Tensor;
}

/** Everything one call of `referenceForward` computes, in float64. */
export interface ReferenceResult {
  /** output [T, B, D·H] (D·projSize with projection). */
  readonly output: Float64Array;
  /** Final h [D·L, B, H or projSize]. */
  readonly h: Float64Array;
  /** Final c [D·L, B, H]; LSTM only. */
  readonly c?: Float64Array;
  readonly dims: { readonly output: number[]; readonly h: number[]; readonly c: number[] };
}

/**
 * What a recurrent layer computes, in float64 and with nothing done for speed: the truth that kernels are compared with.
 *
 * @param dict     float32 weights under PyTorch's names
 * @param input    [T, B, I]
 * @param given.state    initial state, zeros when absent
 * @param given.lengths  valid steps of each sequence of the batch: outputs past the end are 0, the final state is that of
 *                 the last valid step, the reverse direction starts at the last valid step (torch's PackedSequence)
 * Source of the equations and of all conventions: torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU; see `reference-cells.ts`.
 */
export function referenceForward(
  kind: LayerKind,
  options: ReferenceOptions,
  dict: StateDict,
  input: Float64Tensor,
  given: { state?: ReferenceState; lengths?: ArrayLike<number> } = {},
): ReferenceResult {
  const { hiddenSize, numLayers = 1, bidirectional = false, projSize = 0 } = options;
  const [steps, batch] = input.dims;
  const directions = bidirectional ? 2 : 1;
  const outputSize = projSize || hiddenSize;
  const finals: CellState[] = [];
  let layerInput: Sequences = { data: Float64Array.from(input.data), steps, batch };
  for (let layer = 0; layer < numLayers; layer++) {
    const layerOutput: Sequences = { ...layerInput, data: new Float64Array(steps * batch * directions * outputSize) };
    for (let direction = 0; direction < directions; direction++) {
      const cell = cellOf(kind, options, dict, layer, direction);
      for (let b = 0; b < batch; b++) {
        const initial = {
          h: stateRow(given.state?.h, finals.length, outputSize),
          c: stateRow(given.state?.c, finals.length, kind === 'LSTM' ? hiddenSize : 0),
        };
        const order = stepOrder(given.lengths?.[b] ?? steps, direction);
        finals.push(runSequence(cell, initial, layerInput, layerOutput, b, order, direction * outputSize));
      }
    }
    layerInput = layerOutput;
  }
  const depth = numLayers * directions;
  const dims = {
    output: [steps, batch, directions * outputSize],
    h: [depth, batch, outputSize],
    c: [depth, batch, hiddenSize],
  };
  const h = Float64Array.from(finals.flatMap((state) => [...state.h]));
  const c = Float64Array.from(finals.flatMap((state) => [...state.c]));
  return kind === 'LSTM' ? { output: layerInput.data, h, c, dims } : { output: layerInput.data, h, dims };
}

/** What one layer reads or writes: data [T, B, width]. */
interface Sequences {
  readonly data: Float64Array;
  readonly steps: number;
  readonly batch: number;
}

/** Runs sequence b through one direction of one layer, writes h of step t at output[t, b, offset …], returns the last state. */
function runSequence(
  cell: Cell,
  initial: CellState,
  input: Sequences,
  output: Sequences,
  b: number,
  order: number[],
  offset: number,
): CellState {
  const rows = input.steps * input.batch;
  const inputWidth = input.data.length / rows;
  const outputWidth = output.data.length / rows;
  let state = initial;
  for (const t of order) {
    const row = t * input.batch + b;
    state = cell(input.data.subarray(row * inputWidth, (row + 1) * inputWidth), state);
    output.data.set(state.h, row * outputWidth + offset);
  }
  return state;
}

/** The valid steps in the order a direction visits them. */
function stepOrder(length: number, direction: number): number[] {
  const forward = Array.from({ length }, (_, t) => t);
  return direction === 1 ? forward.reverse() : forward;
}

function cellOf(kind: LayerKind, options: ReferenceOptions, dict: StateDict, layer: number, direction: number): Cell {
  const { hiddenSize, bias = true, projSize = 0, nonlinearity = 'tanh', resetAfter = true } = options;
  const suffix = parameterSuffix(layer, direction);
  const shapes = parameterShapes(kind, options);
  const rows = shapes[`weight_ih${suffix}`][0];
  const parameter = (name: string): Float32Array => {
    const tensor = dict[name + suffix];
    if (String(tensor?.dims) !== String(shapes[name + suffix])) {
      throw new Error(`reference: ${name + suffix} is [${tensor?.dims}], expected [${shapes[name + suffix]}]`);
    }
    return tensor.data;
  };
  const weights: CellWeights = {
    weightIh: parameter('weight_ih'),
    weightHh: parameter('weight_hh'),
    biasIh: bias ? parameter('bias_ih') : new Float32Array(rows),
    biasHh: bias ? parameter('bias_hh') : new Float32Array(rows),
    weightHr: projSize > 0 ? parameter('weight_hr') : undefined,
  };
  switch (kind) {
    case 'RNN':
      return rnnCell(weights, hiddenSize, nonlinearity);
    case 'LSTM':
      return lstmCell(weights, hiddenSize);
    case 'GRU':
      return gruCell(weights, hiddenSize, resetAfter);
  }
}

/** Row `index` of [D·L · B, size], or zeros. */
function stateRow(tensor: Float64Tensor | undefined, index: number, size: number): Float64Array {
  return tensor ? Float64Array.from(tensor.data.subarray(index * size, (index + 1) * size)) : new Float64Array(size);
}
