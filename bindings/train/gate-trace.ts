import { rangeError, typeError } from '../errors.js';
import type { HiddenState, LSTMState, Module } from '../index.js';
import { sequenceDims } from '../layers/packed-sequence.js';
import { assertOptions } from '../options.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../tensor.js';
import { ExactCell, GATES } from './exact/exact-cell.js';
import { columns } from './exact/matrices.js';

/** A layer whose gates can be read: RNN, LSTM or GRU. */
export interface GatedLayer extends Module {
  readonly numLayers: number;
  readonly directions: number;
  readonly batchFirst: boolean;
}

/** Options of `gateTrace`. */
export interface GateTraceOptions {
  /** Where the recurrence begins, as `forward` takes it; zeros unless given. */
  state?: HiddenState | LSTMState;
}

/** What one layer did in one direction, step by step; tensors [T, B, H] in the layout of the input, or [T, H]. */
export interface CellTrace {
  readonly layer: number;
  /** Whether it read the sequence backwards; step t is still the one that read input t. */
  readonly reverse: boolean;
  /**
   * From 0 to 1, and the candidate from −1 to 1. LSTM: `input`, `forget`, `cell`, `output`. GRU: `reset`, `update`, `new`.
   * None of an RNN.
   */
  readonly gates: Readonly<Record<string, Tensor>>;
  /** h after each step; as wide as the projection, if there is one. */
  readonly h: Tensor;
  /** The cell state after each step; only of an LSTM. */
  readonly c?: Tensor;
}

/**
 * Reads every gate and every state of a recurrent layer at every step: what a picture of a cell at work shows. Computed in
 * float64 with torch.nn's equations and rounded to float32; an int8 layer is read with the weights it stands for.
 *
 * @param layer RNN, LSTM or GRU, of any layers and directions; not changed
 * @param input as its `forward` takes it
 * @returns a trace for each layer and direction, in PyTorch's order: layer 0, layer 0 reversed, layer 1 …
 * @throws {TypeError | RangeError} if an argument does not fit the layer
 * @throws {Error} after the layer's `dispose()`
 *
 * @example
 * ```ts
 * import { LSTM } from 'hiddenstate';
 * import { gateTrace } from 'hiddenstate/train';
 *
 * const lstm = new LSTM({ inputSize: 1, hiddenSize: 2, seed: 1 });
 * const [{ gates }] = gateTrace(lstm, { data: Float32Array.of(0.5, -1), dims: [2, 1] });
 * console.log(gates.forget.dims); // [ 2, 2 ]
 * console.log(gates.forget.data[0].toFixed(3)); // 0.528
 * ```
 */
export function gateTrace(layer: GatedLayer, input: Tensor, options: GateTraceOptions = {}): readonly CellTrace[] {
  const who = 'gateTrace';
  if (typeof layer?.numLayers !== 'number' || typeof layer.directions !== 'number' || !(layer.type in GATES)) {
    throw typeError(`${who}: layer: got ${describeValue(layer)}, expected an RNN, an LSTM or a GRU`);
  }
  assertTensor(input, `${who}: input`);
  assertOptions(options, ['state'], who);
  const { steps, batch, batched } = sequenceDims(input, layer.inputSize, layer.batchFirst, who);
  const dict = layer.stateDict();
  const place = new Places(steps, batch, batched, batched && layer.batchFirst);
  const traces: CellTrace[] = [];
  let rows = place.rowsOf(input.data, layer.inputSize);
  for (let level = 0; level < layer.numLayers; level++) {
    const outputs = Array.from({ length: layer.directions }, (_, d) => {
      const reverse = d === 1;
      const cell = new ExactCell(layer.config, dict, `_l${level}${reverse ? '_reverse' : ''}`);
      const first = initialState(cell, options.state, traces.length, batch, who);
      const { trace, h } = follow(cell, layer.type, rows, first, reverse, place);
      traces.push({ layer: level, reverse, ...trace });
      return h;
    });
    const [forward, back] = outputs;
    rows = back ? forward.map((row, t) => beside(row, back[t], batch)) : forward;
  }
  return traces;
}

interface State {
  readonly h: Float64Array;
  readonly c: Float64Array | undefined;
}

function follow(
  cell: ExactCell,
  type: string,
  rows: readonly Float64Array[],
  first: State,
  reverse: boolean,
  place: Places,
) {
  const { hiddenSize: size, outputSize, hasCellState } = cell;
  const names = GATES[type];
  const gates = names.map(() => place.tensor(size));
  const [h, c] = [place.tensor(outputSize), place.tensor(size)];
  const states: Float64Array[] = new Array(rows.length);
  let state = first;
  for (let n = 0; n < rows.length; n++) {
    const t = reverse ? rows.length - 1 - n : n;
    const step = cell.step(rows[t], state.h, state.c);
    state = step;
    states[t] = step.h;
    place.write(h, t, step.h);
    if (step.c) place.write(c, t, step.c);
    gates.forEach((gate, i) => {
      place.write(gate, t, columns(step.gates, names.length * size, i * size, size));
    });
  }
  const named = Object.fromEntries(names.map((name, i) => [name, gates[i]]));
  return { trace: { gates: named, h, ...(hasCellState && { c }) }, h: states };
}

/** How steps and sequences lie in the user's tensors. */
class Places {
  constructor(
    private readonly steps: number,
    private readonly batch: number,
    private readonly batched: boolean,
    private readonly batchFirst: boolean,
  ) {}

  tensor(width: number): Tensor {
    const { steps, batch, batched, batchFirst } = this;
    const lead = batched ? (batchFirst ? [batch, steps] : [steps, batch]) : [steps];
    return { data: new Float32Array(steps * batch * width), dims: [...lead, width] };
  }

  /** The rows of each step, one sequence after the other. */
  rowsOf(data: Float32Array, width: number): Float64Array[] {
    return Array.from({ length: this.steps }, (_, t) =>
      Float64Array.from({ length: this.batch * width }, (_unused, i) => data[this.at(t, i, width)]),
    );
  }

  write({ data }: Tensor, t: number, rows: Float64Array): void {
    const width = rows.length / this.batch;
    for (let i = 0; i < rows.length; i++) data[this.at(t, i, width)] = rows[i];
  }

  /** @param i element of the rows of step t */
  private at(t: number, i: number, width: number): number {
    if (!this.batchFirst) return t * this.batch * width + i;
    return (Math.floor(i / width) * this.steps + t) * width + (i % width);
  }
}

function initialState(
  cell: ExactCell,
  state: GateTraceOptions['state'],
  index: number,
  batch: number,
  who: string,
): State {
  const part = (name: 'h' | 'c', width: number) => {
    const tensor = (state as Partial<LSTMState> | undefined)?.[name];
    if (tensor === undefined) return new Float64Array(batch * width);
    assertTensor(tensor, `${who}: state.${name}`);
    const from = index * batch * width;
    if (tensor.dims.at(-1) !== width || tensor.data.length < from + batch * width) {
      throw rangeError(`${who}: state.${name}: got dims ${formatDims(tensor.dims)}, expected those that forward gives`);
    }
    return Float64Array.from(tensor.data.subarray(from, from + batch * width));
  };
  return { h: part('h', cell.outputSize), c: cell.hasCellState ? part('c', cell.hiddenSize) : undefined };
}

/** The outputs of two directions side by side. */
function beside(a: Float64Array, b: Float64Array, batch: number): Float64Array {
  const width = a.length / batch;
  const out = new Float64Array(2 * a.length);
  for (let row = 0; row < batch; row++) {
    out.set(a.subarray(row * width, (row + 1) * width), row * 2 * width);
    out.set(b.subarray(row * width, (row + 1) * width), row * 2 * width + width);
  }
  return out;
}
