import type { CellKind } from '../cells/kind.js';
import { type CellShape, layOutCell } from '../cells/layout.js';
import { CellWeights } from '../cells/weights.js';
import { padToLanes } from '../engine/abi.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { HiddenstateError, rangeError } from '../errors.js';
import { drawSeed } from '../manual-seed.js';
import { assertBoolean, assertOptions, assertSeed, assertSize } from '../options.js';
import { assertTensor, type Tensor } from '../tensor.js';
import { drawParameters } from '../weights/draw.js';
import { blockRuns } from '../weights/packing.js';
import {
  assertWeightFormat,
  formatOption,
  type PackedFormat,
  packedFormat,
  type WeightFormat,
  WIDEST_INT8,
} from '../weights/quantized.js';
import type { Parameter } from '../weights/state-dict.js';
import { type ForwardCall, runLayers } from './forward.js';
import { cellSuffix } from './infer-options.js';
import { type ForwardOptions, Module, type ModuleConfig, type ModuleOptions, type WeightOptions } from './module.js';
import { openStream } from './open-stream.js';
import { packSteps, sequenceDims } from './packed-sequence.js';
import { RecurrentStage } from './recurrent-stage.js';
import { checkState, type HiddenState } from './state.js';
import type { Stream, StreamOptions } from './stream.js';
import { Workspace } from './workspace.js';

/** Options of every recurrent layer, with torch.nn's meanings and defaults. */
export interface RecurrentOptions extends ModuleOptions {
  /** Features of x. */
  inputSize: number;
  /** Units H. */
  hiddenSize: number;
  /** Layers L, each fed by the one below; at most 4096. Default 1. */
  numLayers?: number;
  /** Whether there are biases b_ih and b_hh. Default true. */
  bias?: boolean;
  /** Whether batched input and output are [B, T, …] instead of [T, B, …]. States never are. Default false. */
  batchFirst?: boolean;
  /** Whether a second set of cells reads the sequence backwards; outputs are concatenated. Default false. */
  bidirectional?: boolean;
  /** How matrices are kept: int8 takes a quarter of the memory, and rounds each row to 255 values. Default float32. */
  weights?: WeightFormat;
  /** Seed of the initial weights, uniform in ±1/√H; a fresh one unless given. `null` leaves them zero, to be loaded. */
  seed?: number | null;
}

/** What `forward` gives. */
export interface ForwardResult<State> {
  /** h of the last layer at every step: the input's layout, last dimension D·H (D·projSize). A tensor of its own. */
  readonly output: Tensor;
  /** State after the last valid step of each sequence. Tensors of their own. */
  readonly state: State;
}

/** What a subclass tells the base about itself. */
export interface RecurrentSpec {
  readonly type: string;
  readonly kind: CellKind;
  readonly projSize: number;
  /** Options beyond `RecurrentOptions`, as they go into the description. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Each costs kilobytes of JavaScript objects beside its weights: more is a mistake, and would be noticed late. */
const MOST_LAYERS = 4096;

const COMMON = [
  'inputSize',
  'hiddenSize',
  'numLayers',
  'bias',
  'batchFirst',
  'bidirectional',
  'weights',
  'seed',
  'engine',
];

/** A stack of recurrent cells: what RNN, LSTM and GRU have in common, which is everything but their gates. */
export abstract class Recurrent<State extends HiddenState> extends Module {
  /** Features of x. */
  readonly inputSize: number;
  /** Units H. */
  readonly hiddenSize: number;
  /** Layers, each fed by the one below. */
  readonly numLayers: number;
  /** Whether there are biases b_ih and b_hh. */
  readonly bias: boolean;
  /** Whether batched input and output are [B, T, …]. */
  readonly batchFirst: boolean;
  /** Whether a second set of cells reads the sequence backwards. */
  readonly bidirectional: boolean;
  /** How matrices are kept. */
  readonly weights: WeightFormat;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly cells: readonly CellWeights[];
  /** @internal */
  readonly workspace: Workspace;
  /** @internal */
  readonly parameters: readonly Parameter[];

  /** @internal */
  constructor(options: RecurrentOptions, { type, kind, projSize, extra }: RecurrentSpec) {
    assertOptions(options, [...COMMON, ...Object.keys(extra)], type);
    const {
      inputSize,
      hiddenSize,
      numLayers = 1,
      bias = true,
      batchFirst = false,
      bidirectional = false,
      weights = 'float32',
      seed = drawSeed(),
    } = options;
    assertSize(inputSize, `${type}: inputSize`);
    assertSize(hiddenSize, `${type}: hiddenSize`);
    assertSize(numLayers, `${type}: numLayers`, 1, MOST_LAYERS);
    assertBoolean(bias, `${type}: bias`);
    assertBoolean(batchFirst, `${type}: batchFirst`);
    assertBoolean(bidirectional, `${type}: bidirectional`);
    assertWeightFormat(weights, `${type}: weights`);
    assertSeed(seed, `${type}: seed`);
    if (weights === 'int8') assertInt8Width(type, inputSize, hiddenSize, bidirectional && numLayers > 1 ? 2 : 1);
    super(options, type);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.bidirectional = bidirectional;
    this.weights = weights;
    this.config = {
      type,
      inputSize,
      hiddenSize,
      numLayers,
      bias,
      batchFirst,
      bidirectional,
      ...extra,
      ...formatOption(weights),
    };
    const directions = this.directions;
    const shape = { kind, inputSize, hiddenSize, projSize, bias };
    this.workspace = new Workspace(this.slabs);
    this.cells = makeCells(this.engine, this.slabs, shape, packedFormat(this.engine, weights), numLayers, directions);
    this.parameters = this.guarded(this.cells.flatMap((cell, i) => cell.parameters(cellSuffix(i, directions))));
    if (seed !== null) drawParameters(this.parameters, seed, 1 / Math.sqrt(hiddenSize));
  }

  /** Features of one output: D·H, or D·projSize. */
  get outputSize(): number {
    return this.directions * this.cells[0].layout.outputSize;
  }

  /** D: 2 when bidirectional, 1 otherwise. */
  get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  /**
   * Runs whole sequences.
   *
   * @param input [T, B, I], [T, I] without a batch, or [B, T, I] with `batchFirst`; stays the caller's
   * @returns output in the input's layout and the final state, tensors of their own
   * @throws {TypeError} if an argument has the wrong kind
   * @throws {RangeError} if dims, lengths or state do not fit the layer, or memory cannot hold the call
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor, options: ForwardOptions<State> = {}): ForwardResult<State> {
    const who = `${this.type}.forward`;
    this.assertAlive('forward');
    assertTensor(input, `${who}: input`);
    assertOptions(options, ['state', 'lengths'], who);
    const { steps, batch, batched } = sequenceDims(input, this.inputSize, this.batchFirst, who);
    if (options.lengths !== undefined && !batched) {
      throw rangeError(`${who}: lengths: got lengths for an unbatched input, expected an input with a batch dimension`);
    }
    const shape = this.stateShape(batch);
    const stateDims = batched ? [this.cells.length, batch] : [this.cells.length];
    const call: ForwardCall = {
      input: input.data,
      layout: packSteps(steps, batch, options.lengths, who),
      batchFirst: batched && this.batchFirst,
      shape,
      state: options.state === undefined ? undefined : checkState(options.state, shape, stateDims, `${who}: state`),
      stateDims,
    };
    const { output, state } = runLayers(this, call);
    return { output: { data: output, dims: [...input.dims.slice(0, -1), this.outputSize] }, state: state as State };
  }

  /**
   * Opens a stream: one step a call, the state in wasm memory between calls.
   *
   * @throws {Error} if the layer is bidirectional (its reverse half needs the end of the sequence) or disposed
   * @throws {TypeError | RangeError} if batch or state do not fit
   */
  stream(options: StreamOptions<State> = {}): Stream<State> {
    return openStream<State>(this, options);
  }

  /** @internal */
  override run(input: Tensor, options: ForwardOptions<unknown> = {}): ForwardResult<State> {
    return this.forward(input, options as ForwardOptions<State>);
  }

  /** @internal */
  override openStage(batch: number): RecurrentStage {
    if (this.bidirectional) {
      throw new HiddenstateError(
        'UNSUPPORTED',
        `${this.type}.stream: got a bidirectional layer, expected one of one direction`,
      );
    }
    return new RecurrentStage(this, batch);
  }

  /** @internal */
  stateShape(batch: number): { cells: number; batch: number; outputSize: number; cellSize: number } {
    const { outputSize, shape } = this.cells[0].layout;
    return { cells: this.cells.length, batch, outputSize, cellSize: shape.kind.hasCellState ? this.hiddenSize : 0 };
  }
}

/** The cells of all layers and directions, their weights in one slab. */
function makeCells(
  engine: Engine,
  slabs: Slabs,
  first: CellShape,
  format: PackedFormat,
  numLayers: number,
  directions: number,
): CellWeights[] {
  const outputSize = first.projSize || first.hiddenSize;
  const upper: CellShape = {
    ...first,
    inputSize: directions * outputSize,
    inputRuns: blockRuns(outputSize, padToLanes(outputSize), directions === 2 ? [0, 1] : [0]),
    inputStride: directions * padToLanes(outputSize),
  };
  const [firstLayout, upperLayout] = [first, upper].map((shape) => layOutCell(shape, format));
  // Taken before any array of numLayers elements is made: a size that cannot be is refused while it is still a number.
  let at = slabs.allocate(directions * (firstLayout.size + (numLayers - 1) * upperLayout.size));
  return Array.from({ length: numLayers * directions }, (_, i) => {
    const cell = new CellWeights(engine, i < directions ? firstLayout : upperLayout, at);
    at += cell.layout.size * 4;
    return cell;
  });
}

/** Refuses rows too wide for an int8 product to keep a useful input. */
function assertInt8Width(type: string, inputSize: number, hiddenSize: number, directions: number): void {
  assertSize(inputSize, `${type}: inputSize with int8 weights`, 1, WIDEST_INT8);
  assertSize(hiddenSize, `${type}: hiddenSize with int8 weights`, 1, WIDEST_INT8 / directions);
}

/** Options of `fromStateDict`: where to look, and what names and shapes cannot tell. */
export interface FromStateDictOptions extends WeightOptions {
  /** As in the constructor. */
  batchFirst?: boolean;
}
