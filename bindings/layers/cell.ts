import { CELL_KINDS, type CellKind } from '../cells/kind.js';
import { layOutCell, stepScratch } from '../cells/layout.js';
import { stepCell } from '../cells/run.js';
import { CellWeights } from '../cells/weights.js';
import { rangeError } from '../errors.js';
import { drawSeed } from '../manual-seed.js';
import { assertBoolean, assertOptions, assertSeed, assertSize } from '../options.js';
import { assertTensor, formatDims, type Tensor } from '../tensor.js';
import { drawParameters } from '../weights/draw.js';
import { copyRows } from '../weights/packing.js';
import { FLOAT32_ROWS } from '../weights/quantized.js';
import type { Parameter } from '../weights/state-dict.js';
import { type ModuleOptions, Weighted } from './module.js';
import { type Nonlinearity, rnnKind } from './rnn.js';
import { checkState, type HiddenState, type LSTMState, readState, stateSizes, writeState } from './state.js';
import { Workspace } from './workspace.js';

/** Options of every cell, as of torch.nn's. */
export interface CellOptions extends ModuleOptions {
  /** Features of x. */
  inputSize: number;
  /** Units H. */
  hiddenSize: number;
  /** Whether there are biases b_ih and b_hh. Default true. */
  bias?: boolean;
  /** Seed of the initial weights, uniform in ±1/√H; a fresh one unless given. `null` leaves them zero, to be loaded. */
  seed?: number | null;
}

/** Options of `RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  /** φ. Default tanh. */
  nonlinearity?: Nonlinearity;
}

/** Options of `GRUCell`. */
export interface GRUCellOptions extends CellOptions {
  /** As in `GRU`. Default true. */
  resetAfter?: boolean;
}

/** One step of one cell, the state handed in and out: what RNNCell, LSTMCell and GRUCell have in common. */
export abstract class RecurrentCell<State extends HiddenState> extends Weighted {
  /** Features of x. */
  readonly inputSize: number;
  /** Units H. */
  readonly hiddenSize: number;
  /** Whether there are biases b_ih and b_hh. */
  readonly bias: boolean;
  /** @internal */
  readonly parameters: readonly Parameter[];
  private readonly weights: CellWeights;
  private readonly workspace: Workspace;

  /** @internal */
  constructor(options: CellOptions, type: string, kind: CellKind, extra: readonly string[] = []) {
    assertOptions(options, ['inputSize', 'hiddenSize', 'bias', 'seed', 'engine', ...extra], type);
    const { inputSize, hiddenSize, bias = true, seed = drawSeed() } = options;
    assertSize(inputSize, `${type}: inputSize`);
    assertSize(hiddenSize, `${type}: hiddenSize`);
    assertBoolean(bias, `${type}: bias`);
    assertSeed(seed, `${type}: seed`);
    super(options, type);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    this.workspace = new Workspace(this.slabs);
    const layout = layOutCell({ kind, inputSize, hiddenSize, projSize: 0, bias }, 'float32');
    this.weights = new CellWeights(this.engine, layout, this.slabs.allocate(layout.size));
    this.parameters = this.guarded(this.weights.parameters(''));
    if (seed !== null) drawParameters(this.parameters, seed, 1 / Math.sqrt(hiddenSize));
  }

  /**
   * Advances by one step.
   *
   * @param x [B, I], or [I] without a batch; stays the caller's
   * @param state [B, H] or [H]; zeros unless given; stays the caller's
   * @returns the new state, tensors of their own
   * @throws {TypeError} if an argument has the wrong kind
   * @throws {RangeError} if dims do not fit the cell
   * @throws {Error} after `dispose()`
   */
  forward(x: Tensor, state?: State): State {
    const who = `${this.type}.forward`;
    const { inputSize, hiddenSize, weights, workspace, engine } = this;
    this.assertAlive('forward');
    assertTensor(x, `${who}: x`);
    const lead = x.dims.slice(0, -1);
    const [batch = 1] = lead;
    if (lead.length > 1 || x.dims.at(-1) !== inputSize || batch === 0) {
      throw rangeError(
        `${who}: x: got dims ${formatDims(x.dims)}, expected [B, ${inputSize}] or [${inputSize}] with B at least 1`,
      );
    }
    const { layout } = weights;
    const cellSize = layout.shape.kind.hasCellState ? hiddenSize : 0;
    const shape = { cells: 1, batch, outputSize: hiddenSize, cellSize };
    const checked = state === undefined ? undefined : checkState(state, shape, lead, `${who}: state`);
    const { gateRows, inputStride } = layout;
    const sizes = stateSizes(shape);
    const scratchSize = batch * gateRows + stepScratch(layout, batch);
    const [xAt, h, c, scratch] = workspace.carve([batch * inputStride, sizes.h, sizes.c, scratchSize]);
    engine.f32.fill(0, xAt / 4, xAt / 4 + batch * inputStride);
    copyRows(engine.f32, xAt / 4, inputStride, x.data, 0, inputSize, batch, inputSize);
    writeState(engine.f32, h, c, shape, checked);
    stepCell(weights, h, c, xAt, scratch, FLOAT32_ROWS, batch);
    return readState(engine.f32, h, c, shape, lead) as State;
  }
}

/**
 * One step of a vanilla RNN, as torch.nn.RNNCell.
 *
 * @example
 * ```ts
 * import { RNNCell } from 'hiddenstate';
 *
 * const cell = new RNNCell({ inputSize: 3, hiddenSize: 8 });
 * let { h } = cell.forward({ data: Float32Array.of(0.1, 0.2, 0.3), dims: [3] });
 * ({ h } = cell.forward({ data: Float32Array.of(0.4, 0.5, 0.6), dims: [3] }, { h }));
 * console.log(h.dims); // [ 8 ]
 * ```
 */
export class RNNCell extends RecurrentCell<HiddenState> {
  /** @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights */
  constructor(options: RNNCellOptions) {
    super(options, 'RNNCell', rnnKind(options?.nonlinearity ?? 'tanh', 'RNNCell'), ['nonlinearity']);
  }
}

/**
 * One step of an LSTM, as torch.nn.LSTMCell.
 *
 * @example
 * ```ts
 * import { LSTMCell } from 'hiddenstate';
 *
 * const cell = new LSTMCell({ inputSize: 3, hiddenSize: 8 });
 * const x = { data: new Float32Array(2 * 3), dims: [2, 3] }; // a batch of two
 * let state = cell.forward(x);
 * for (let t = 1; t < 10; t++) state = cell.forward(x, state);
 * console.log(state.h.dims, state.c.dims); // [ 2, 8 ] [ 2, 8 ]
 * ```
 */
export class LSTMCell extends RecurrentCell<LSTMState> {
  /** @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights */
  constructor(options: CellOptions) {
    super(options, 'LSTMCell', CELL_KINDS.lstm);
  }
}

/**
 * One step of a GRU, as torch.nn.GRUCell; with `resetAfter: false` as in Cho et al. 2014.
 *
 * @example
 * ```ts
 * import { GRUCell } from 'hiddenstate';
 *
 * const cell = new GRUCell({ inputSize: 3, hiddenSize: 8 });
 * const { h } = cell.forward({ data: Float32Array.of(0.1, 0.2, 0.3), dims: [3] });
 * console.log(h.dims); // [ 8 ]
 * ```
 */
export class GRUCell extends RecurrentCell<HiddenState> {
  /** @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights */
  constructor(options: GRUCellOptions) {
    const resetAfter = options?.resetAfter ?? true;
    assertBoolean(resetAfter, 'GRUCell: resetAfter');
    super(options, 'GRUCell', resetAfter ? CELL_KINDS.gru : CELL_KINDS.gruResetBefore, ['resetAfter']);
  }
}
