import { rangeError } from '../../../errors.js';
import { tensorsOf } from '../config/model-spec.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { StateVariable } from '../state-pool.js';
import { type BuiltCell, isRecurrentClass, readCell, readCells } from './cells.js';
import { type BuiltLayer, type LayerCall, type LayerContext, type LayerImporter, needsWholeSequence } from './layer.js';

/** What a recurrent layer does with its sequence. */
export interface UnrollOptions {
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  /** Begins with the last step. */
  readonly goBackwards: boolean;
  /** Whether its outputs lie in the order in which steps were taken, as they do when going backwards alone. */
  readonly inOrderTaken: boolean;
  /** Whether a masked step gives zeros rather than the output before it. */
  readonly zeroMasked: boolean;
  /** Whether runs carry the state. */
  readonly stateful: boolean;
}

/** Reads the options that all recurrent layers have. */
export function readOptions({ fields, pool, who }: LayerContext): UnrollOptions {
  const goBackwards = fields.flag('go_backwards', false);
  if (fields.flag('time_major', false)) throw rangeError(`${who}: time_major: got true, expected false`);
  return {
    returnSequences: fields.flag('return_sequences', false),
    returnState: fields.flag('return_state', false),
    goBackwards,
    inOrderTaken: goBackwards,
    zeroMasked: fields.flag('zero_output_for_mask', false),
    stateful: fields.flag('stateful', false) || pool.stepwise,
  };
}

/** The weights of a cell in the graph. */
interface CellConstants {
  readonly cell: BuiltCell;
  readonly w: string;
  readonly r: string;
  readonly b: string;
}

/** Cells one on the other in one direction, as a layer of the graph. */
export class RecurrentStack {
  private readonly constants: readonly CellConstants[];
  /** Of a layer that is stateful, from call to call and from run to run. */
  private readonly carried: readonly StateVariable[];

  constructor(
    private readonly context: Pick<LayerContext, 'builder' | 'name' | 'who' | 'pool'>,
    cells: readonly BuiltCell[],
    private readonly options: UnrollOptions,
  ) {
    const { builder, name, pool } = context;
    this.constants = cells.map((cell, i) => addConstants(builder, cells.length > 1 ? `${name}/${i}` : name, cell));
    this.carried = options.stateful && !pool.stepwise ? this.addStates() : [];
  }

  private addStates(): StateVariable[] {
    const { name, pool } = this.context;
    return this.constants.flatMap(({ cell }, i) =>
      statesOf(cell).map((letter) => pool.add(`${name}/${i}/${letter}`, cell.units)),
    );
  }

  /** How many states the cells have together. */
  get stateCount(): number {
    return this.constants.reduce((sum, { cell }) => sum + statesOf(cell).length, 0);
  }

  /** Adds the nodes of one call: the output, then the final states. */
  call(x: Value, mask: Value | undefined, states: readonly Value[]): { output: Value; states: Value[] } {
    const { builder, name, who, pool } = this.context;
    const { returnSequences } = this.options;
    if (states.length > 0) needsWholeSequence(this.context, 'initial states');
    if (states.length > 0 && states.length !== this.stateCount) {
      throw rangeError(`${who}: got ${states.length} initial states, expected ${this.stateCount}`);
    }
    // In a stream each call of the layer reads a sequence of its own; a stateful layer goes on where it was called before.
    const carried = pool.stepwise ? this.addStates() : this.carried;
    const initial =
      states.length > 0 ? states.map((state) => builder.asFloats(name, state)) : carried.map(({ value }) => value);
    const finals: Value[] = [];
    let value = builder.asFloats(name, x);
    this.constants.forEach((constants, i) => {
      const count = statesOf(constants.cell).length;
      const own = initial.slice(finals.length, finals.length + count);
      const [y, ...last] = this.addNode(constants, value, mask, own, i === this.constants.length - 1);
      value = { name: y, dtype: 'float32', rank: 3, timed: x.timed, mask: x.mask };
      finals.push(
        ...last.slice(0, count).map((state): Value => ({ name: state, dtype: 'float32', rank: 2, timed: false })),
      );
    });
    carried.forEach((variable, i) => {
      variable.value = finals[i];
    });
    const output: Value = returnSequences ? value : { name: value.name, dtype: 'float32', rank: 2, timed: false };
    return { output, states: finals };
  }

  /** The mask as the operator reads it, f32[B, T]. */
  private maskOf(x: Value, mask: Value): string {
    const { builder, name, who } = this.context;
    if (mask.rank === 2 && x.rank === 3) return builder.asFloats(name, mask).name;
    throw rangeError(`${who}: mask: got one of ${mask.rank} dimensions, expected 2, batch and steps`);
  }

  /** All steps of a cell that another one reads, in the order of time; the last cell's as the layer has them. */
  private addNode(
    { cell, w, r, b }: CellConstants,
    x: Value,
    mask: Value | undefined,
    initial: readonly Value[],
    last: boolean,
  ): string[] {
    const { builder, name, pool } = this.context;
    const { goBackwards, inOrderTaken, zeroMasked, returnSequences } = this.options;
    const [h = '', c = ''] = initial.map((state) => state.name);
    const heeded = mask ? this.maskOf(x, mask) : '';
    const { gate, candidate } = cell.functions;
    return builder.addKeras('Recurrent', name, [x.name, w, r, b, heeded, h, c], 3, {
      kind: cell.kind,
      reset_after: Number(cell.resetAfter),
      sequences: Number(!last || returnSequences),
      backwards: Number(goBackwards),
      in_order_taken: Number(last && inOrderTaken),
      zero_masked: Number(last && zeroMasked),
      continues: Number(pool.stepwise),
      gate: gate.name,
      gate_alpha: gate.alpha,
      gate_beta: gate.beta,
      candidate: candidate.name,
      candidate_alpha: candidate.alpha,
      candidate_beta: candidate.beta,
    });
  }
}

/** The sequence of a call, the mask that it heeds, and its initial states, which Keras 2 lists behind the sequence. */
export function sequenceOf({ inputs: [x, ...others], masks: [mask], given }: LayerCall): {
  x: Value;
  mask: Value | undefined;
  states: readonly Value[];
} {
  const states = tensorsOf(given.get('initial_state'));
  return { x, mask, states: states.length > 0 ? states : others };
}

/** The states of a cell by letter. */
function statesOf({ kind }: BuiltCell): string[] {
  return kind === 'LSTM' ? ['h', 'c'] : ['h'];
}

function addConstants(builder: GraphBuilder, name: string, cell: BuiltCell): CellConstants {
  const { kernel, recurrentKernel, bias } = cell;
  return {
    cell,
    w: builder.floats(`${name}/kernel`, kernel.dims, kernel.data),
    r: builder.floats(`${name}/recurrent_kernel`, recurrentKernel.dims, recurrentKernel.data),
    b: bias ? builder.floats(`${name}/bias`, [bias.length], bias) : '',
  };
}

/** The cells of a layer by its class: SimpleRNN, LSTM, GRU, or RNN over any of them. */
export function layerCells(context: Omit<LayerContext, 'wrapped'>, className: string): BuiltCell[] {
  const { fields, variables, version, who } = context;
  const own = variables.part('cell');
  if (isRecurrentClass(className)) return [readCell(className, fields, own, version.dialect)];
  return readCells(fields.get('cell'), own, version.dialect, who);
}

/** Layers of cells. */
export function recurrentLayer(
  className: 'SimpleRNN' | 'LSTM' | 'GRU' | 'CuDNNLSTM' | 'CuDNNGRU' | 'RNN',
): LayerImporter {
  return (context): BuiltLayer => {
    const options = readOptions(context);
    if (options.goBackwards) needsWholeSequence(context, 'go_backwards');
    const stack = new RecurrentStack(context, layerCells(context, className), options);
    return (call) => {
      const { x, mask, states: initial } = sequenceOf(call);
      const { output, states } = stack.call(x, mask, initial);
      return options.returnState ? [output, ...states] : [output];
    };
  };
}
