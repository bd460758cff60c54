import type { GeneralCell } from '../../cells/general/general-cell.js';
import { NO_STATE, type SequenceCall, type StateRows } from '../../cells/general/sequence-call.js';
import { StepMask } from '../../cells/general/step-mask.js';
import type { UnusualCells } from '../../cells/general/unusual.js';
import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { tensorOf } from '../graph.js';
import type { Known, Operator, OperatorTable, Place, Prepared, Site, Step } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { type Direction, directionsOf, type RecurrentKind } from './recurrent-directions.js';
import type { doubleRecurrent } from './recurrent-doubles.js';
import type { RecurrentSizes } from './recurrent-sizes.js';
import { RecurrentWeightsSource } from './recurrent-weights-source.js';

/** Inputs by place. */
const X = 0;
const W = 1;
const R = 2;
const B = 3;
const LENGTHS = 4;
const INITIAL_H = 5;
const INITIAL_C = 6;
const P = 7;

/** Types of X. The other inputs have the same, or one that is held as it is. */
const FLOATS = ['float32', 'float16', 'float64'];

const GATES = { RNN: 1, LSTM: 4, GRU: 3 } as const;

/** What few models need, and the others load without: cells that no kernel of the core computes, and float64. */
export interface RareRecurrence {
  readonly cells: UnusualCells;
  readonly doubles: typeof doubleRecurrent;
}

/**
 * The operators RNN, LSTM and GRU, all versions from 7 on.
 *
 * Source: onnx/docs/Operators.md. A step past a sequence's length gives zeros and leaves the state as it is; the reverse
 * direction begins with the last step that counts.
 */
function recurrent(kind: RecurrentKind, rare: RareRecurrence | undefined): Operator {
  return (site) => {
    const directions = directionsOf(site, kind);
    const sizes = sizesOf(site, kind, directions);
    const { steps, batch, hiddenSize, batchFirst } = sizes;
    const { dtype } = site.input(X);
    const D = directions.length;
    const state = batchFirst ? [batch, D, hiddenSize] : [D, batch, hiddenSize];
    const sequence = batchFirst ? [batch, steps, D, hiddenSize] : [steps, D, batch, hiddenSize];
    const shapes = [sequence, state, state].slice(0, kind === 'LSTM' ? 3 : 2);
    for (const dims of shapes) tensorBytes(dtype, dims, site);
    if (batch === 0) return { outputs: shapes.map((dims) => ({ constant: tensorOf(dtype, dims, []) })) };
    if (dtype === 'float64') {
      const outputs = shapes.map((dims) => ({ dtype, dims }));
      if (rare) return rare.doubles(site, kind, sizes, directions, outputs);
      throw new HiddenstateError('UNSUPPORTED', `${site.who}: got float64, expected float32 or float16`);
    }
    const node = new RecurrentNode(site, kind, sizes, directions, rare?.cells);
    return {
      outputs: shapes.map((dims, i) => (i === 0 && node.isOneState ? { dtype, dims, sameAs: 1 } : { dtype, dims })),
      scratch: node.scratch,
      inPlace: [undefined, INITIAL_H, INITIAL_C],
      bind: (place) => node.bind(place),
    } satisfies Prepared;
  };
}

/** One node for one combination of shapes. */
class RecurrentNode {
  readonly scratch: number;
  /** Whether Y is what Y_h is: of one step in one direction. */
  readonly isOneState: boolean;
  private readonly weights: readonly RecurrentWeightsSource[];
  private readonly workspace: number;

  constructor(
    private readonly site: Site,
    kind: RecurrentKind,
    private readonly sizes: RecurrentSizes,
    private readonly directions: readonly Direction[],
    unusual: UnusualCells | undefined,
  ) {
    this.weights = directions.map((each, d) => new RecurrentWeightsSource(site, kind, sizes, each, d, unusual));
    this.isOneState = sizes.steps === 1 && directions.length === 1 && !site.inputs[LENGTHS] && site.wants(1);
    this.workspace = Math.max(...this.weights.map(({ layout }) => layout.workspaceSize(sizes.steps, sizes.batch)));
    this.scratch = this.workspace + this.weights.reduce((sum, { scratch }) => sum + scratch, 0);
  }

  bind(place: Place): Step {
    const { sizes, site, weights } = this;
    let unpacked = place.scratch + this.workspace * 4;
    const cells = weights.map((source) => {
      const bound = source.bind(place, unpacked);
      unpacked += source.scratch * 4;
      return bound;
    });
    const calls = this.directions.map((direction, d) => this.callOf(place, direction, d));
    const lengths = site.inputs[LENGTHS] ? place.input(LENGTHS) : 0;
    const mask = lengths ? new StepMask(sizes.steps, sizes.batch) : undefined;
    const { memory, scratch } = place;
    const single =
      mask || cells.length > 1 || weights[0].scratch ? undefined : cells[0].cell.single(calls[0], scratch, memory);
    if (single) return single;
    return () => {
      if (mask) readLengths(mask, memory.i32, lengths / 4, sizes, site.who);
      for (let d = 0; d < cells.length; d++) {
        const { cell, load } = cells[d];
        load?.();
        runCell(cell, calls[d], mask, scratch);
      }
    };
  }

  /** Where one direction's sequences and states lie. */
  private callOf(place: Place, { reverse }: Direction, d: number): SequenceCall {
    const { site, sizes } = this;
    const { steps, batch, inputSize, hiddenSize: H, directions: D, batchFirst } = sizes;
    const stateOf = (address: number): StateRows =>
      batchFirst
        ? { address: address + d * H * 4, stride: D * H }
        : { address: address + d * batch * H * 4, stride: H };
    const inputState = (i: number): StateRows => (site.inputs[i] ? stateOf(place.input(i)) : NO_STATE);
    const outputState = (i: number): StateRows => (site.wants(i) ? stateOf(place.output(i)) : NO_STATE);
    const x = batchFirst
      ? { address: place.input(X), stepStride: inputSize, batchStride: steps * inputSize }
      : { address: place.input(X), stepStride: batch * inputSize, batchStride: inputSize };
    const y = (address: number) =>
      batchFirst
        ? { address: address + d * H * 4, stepStride: D * H, batchStride: steps * D * H }
        : { address: address + d * batch * H * 4, stepStride: D * batch * H, batchStride: H };
    return {
      steps,
      batch,
      x,
      y: site.wants(0) && !this.isOneState ? y(place.output(0)) : undefined,
      h: inputState(INITIAL_H),
      c: inputState(INITIAL_C),
      lastH: outputState(1),
      lastC: outputState(2),
      reverse,
      inOrderTaken: false,
      zeroMasked: true,
      continues: false,
    };
  }
}

/** A call site of its own, so that the engine compiles one loop for all nodes. */
function runCell(cell: GeneralCell, call: SequenceCall, mask: StepMask | undefined, scratch: number): void {
  cell.run(call, mask, scratch);
}

function readLengths(
  mask: StepMask,
  values: Int32Array,
  at: number,
  { steps, batch }: RecurrentSizes,
  who: string,
): void {
  for (let b = 0; b < batch; b++) {
    const length = values[at + b];
    if (length < 0 || length > steps) {
      throw rangeError(`${who}: sequence_lens[${b}]: got ${length}, expected 0 to ${steps}`);
    }
  }
  mask.setLengths(values, at);
}

/** Reads the sizes and checks every input against them. */
function sizesOf(site: Site, kind: RecurrentKind, directions: readonly Direction[]): RecurrentSizes {
  const { who, attributes } = site;
  const layout = attributes.int('layout', 0);
  if (layout !== 0 && layout !== 1) throw rangeError(`${who}: layout: got ${layout}, expected 0 or 1`);
  const batchFirst = layout === 1;
  const x = site.input(X).dims;
  if (x.length !== 3) throw rangeError(`${who}: X: got dims ${formatDims(x)}, expected three`);
  const [steps, batch] = batchFirst ? [x[1], x[0]] : x;
  const inputSize = x[2];
  const recurrence = site.input(R).dims;
  const hiddenSize = attributes.int('hidden_size', recurrence.at(-1) ?? 0);
  const D = directions.length;
  const rows = GATES[kind] * hiddenSize;
  if (hiddenSize < 1 || inputSize < 1) {
    throw rangeError(`${who}: got ${inputSize} inputs and ${hiddenSize} hidden units, expected at least one of each`);
  }
  const state = batchFirst ? [batch, D, hiddenSize] : [D, batch, hiddenSize];
  expectInput(site, X, 'X', x, true);
  expectInput(site, W, 'W', [D, rows, inputSize], true);
  expectInput(site, R, 'R', [D, rows, hiddenSize], true);
  expectInput(site, B, 'B', [D, 2 * rows]);
  expectInput(site, LENGTHS, 'sequence_lens', [batch]);
  expectInput(site, INITIAL_H, 'initial_h', state);
  if (kind === 'LSTM') {
    expectInput(site, INITIAL_C, 'initial_c', state);
    expectInput(site, P, 'P', [D, 3 * hiddenSize]);
  }
  return { steps, batch, inputSize, hiddenSize, directions: D, batchFirst };
}

function expectInput(site: Site, i: number, name: string, dims: readonly number[], required = false): void {
  const input: Known | undefined = required ? site.input(i) : site.inputs[i];
  if (!input) return;
  const isDouble = site.input(X).dtype === 'float64';
  const wanted = i === LENGTHS ? ['int32'] : i === X ? FLOATS : isDouble ? ['float64'] : ['float32', 'float16'];
  if (!wanted.includes(input.dtype)) {
    throw typeError(`${site.who}: ${name}: got ${input.dtype}, expected ${wanted.join(' or ')}`);
  }
  if (input.dims.length !== dims.length || input.dims.some((dim, d) => dim !== dims[d])) {
    throw rangeError(`${site.who}: ${name}: got dims ${formatDims(input.dims)}, expected ${formatDims(dims)}`);
  }
}

/** RNN, LSTM and GRU, with every option or with those that the core's kernels know. */
export function recurrentOperators(rare?: RareRecurrence): OperatorTable {
  return { RNN: recurrent('RNN', rare), LSTM: recurrent('LSTM', rare), GRU: recurrent('GRU', rare) };
}
