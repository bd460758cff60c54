import { HiddenstateError } from '../../../errors.js';
import type { CellDescription } from '../../../graph/index.js';
import { describeValue } from '../../../tensor.js';
import { reorderBlocks, transposed } from '../../../weights/blocks.js';
import { Fields } from '../config/fields.js';
import type { Dialect } from '../config/model-spec.js';
import { readLayer } from '../config/read-model.js';
import type { StoredTensor } from '../files/hdf5.js';
import { snakeCase } from '../weights/snake-case.js';
import type { LayerVariables } from '../weights/weight-source.js';
import { readActivation } from './activations.js';
import { expectShape } from './dense.js';

/** A recurrent cell with its weights in PyTorch's order and shapes. */
export interface BuiltCell {
  readonly kind: CellDescription['kind'];
  readonly units: number;
  readonly functions: CellDescription['functions'];
  readonly resetAfter: boolean;
  /** W [G·H, I], R [G·H, H]. */
  readonly kernel: StoredTensor;
  readonly recurrentKernel: StoredTensor;
  /** b_ih then b_hh, 2·G·H. */
  readonly bias: Float32Array | undefined;
}

/** The classes of cells, and what each is. */
const KINDS = { SimpleRNN: 'RNN', LSTM: 'LSTM', GRU: 'GRU', CuDNNLSTM: 'LSTM', CuDNNGRU: 'GRU' } as const;

/** Whether a class is a recurrent layer of one cell. */
export function isRecurrentClass(className: string): className is keyof typeof KINDS {
  return Object.hasOwn(KINDS, className);
}

/** Which block of Keras' comes first, second … in PyTorch's order: LSTM i f c o as i f g o, GRU z r h as r z n. */
const ORDER = { RNN: [0], LSTM: [0, 1, 2, 3], GRU: [1, 0, 2] } as const;

/**
 * Reads a cell.
 *
 * @param className of the layer: SimpleRNN, LSTM, GRU
 * @param fields its configuration, or the layer's, which is the same
 */
export function readCell(
  className: keyof typeof KINDS,
  fields: Fields,
  variables: LayerVariables,
  dialect: Dialect,
): BuiltCell {
  const { who } = fields;
  const kind = KINDS[className];
  const order = ORDER[kind];
  if (className === 'CuDNNLSTM' || className === 'CuDNNGRU') return readCudnnCell(kind, fields, variables);
  const units = fields.integer('units', 1);
  const useBias = fields.flag('use_bias', true);
  const resetAfter = kind === 'GRU' && fields.flag('reset_after', false);
  const rows = order.length * units;
  const names = ['kernel', 'recurrent_kernel', ...(useBias ? ['bias'] : [])];
  const [kernel, recurrent, bias] = variables.take(names);
  expectShape(kernel, [-1, rows], who, 'kernel');
  expectShape(recurrent, [units, rows], who, 'recurrent_kernel');
  const candidate = readActivation(fields.get('activation') ?? 'tanh', dialect, `${who}: activation`);
  const gate = fields.get('recurrent_activation') ?? 'sigmoid';
  return {
    kind,
    units,
    functions: {
      gate: readActivation(gate, dialect, `${who}: recurrent_activation`),
      candidate,
      output: candidate,
    },
    resetAfter,
    kernel: gatesFirst(kernel, units, order),
    recurrentKernel: gatesFirst(recurrent, units, order),
    bias: useBias ? readBias(bias, units, order, resetAfter, who) : undefined,
  };
}

/**
 * A cell of Nvidia's library, which has tanh and sigmoid, two biases, and each gate's matrices as it reads them itself: row by
 * row, outputs by inputs, in the shapes of Keras.
 *
 * Source: `_convert_rnn_weights` of tf_keras/src/saving/legacy/hdf5_format.py.
 */
function readCudnnCell(kind: BuiltCell['kind'], fields: Fields, variables: LayerVariables): BuiltCell {
  const { who } = fields;
  const units = fields.integer('units', 1);
  const order = ORDER[kind];
  const rows = order.length * units;
  const [kernel, recurrent, bias] = variables.take(['kernel', 'recurrent_kernel', 'bias']);
  expectShape(kernel, [-1, rows], who, 'kernel');
  expectShape(recurrent, [units, rows], who, 'recurrent_kernel');
  expectShape(bias, [2 * rows], who, 'bias');
  const tanh = { name: 'tanh' } as const;
  return {
    kind,
    units,
    functions: { gate: { name: 'sigmoid' }, candidate: tanh, output: tanh },
    resetAfter: kind === 'GRU',
    kernel: gatesApart(kernel, units, order),
    recurrentKernel: gatesApart(recurrent, units, order),
    bias: readBias({ dims: [2, rows], data: bias.data }, units, order, true, who),
  };
}

/** [I, G·H], each gate's columns read row by row as its matrix [H, I], as [G·H, I] in PyTorch's order. */
function gatesApart(
  { data, dims: [inputs, rows] }: StoredTensor,
  units: number,
  order: readonly number[],
): StoredTensor {
  const apart = new Float32Array(data.length);
  for (let gate = 0; gate < rows / units; gate++) {
    for (let i = 0; i < inputs; i++) {
      const from = i * rows + gate * units;
      apart.set(data.subarray(from, from + units), (gate * inputs + i) * units);
    }
  }
  return { dims: [rows, inputs], data: reorderBlocks(apart, 0, units * inputs, order) };
}

/** The cells of an RNN layer: one, or those that StackedRNNCells piles up. */
export function readCells(config: unknown, variables: LayerVariables, dialect: Dialect, who: string): BuiltCell[] {
  const list = Array.isArray(config) ? { class_name: 'StackedRNNCells', config: { cells: config } } : config;
  const { className, config: own } = readLayer(list, `${who}: cell`);
  if (className !== 'StackedRNNCells') return [readCellLayer(className, own, variables, dialect, `${who}: cell`)];
  const counts = new Map<string, number>();
  return new Fields(own, `${who}: cell`).list('cells').map((item, i) => {
    const label = `${who}: cells[${i}]`;
    const cell = readLayer(item, label);
    const name = snakeCase(cell.className);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    const place = variables.part('cells').part(count === 0 ? name : `${name}_${count}`);
    return readCellLayer(cell.className, cell.config, place, dialect, label);
  });
}

function readCellLayer(
  className: string,
  config: unknown,
  variables: LayerVariables,
  dialect: Dialect,
  who: string,
): BuiltCell {
  const kind = className.replace(/Cell$/, '');
  if (!className.endsWith('Cell') || !isRecurrentClass(kind)) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got ${describeValue(className)}, expected SimpleRNNCell, LSTMCell, GRUCell or StackedRNNCells`,
    );
  }
  return readCell(kind, new Fields(config, who), variables, dialect);
}

/** Keras' [I, G·H] as [G·H, I], its gates in PyTorch's order. */
function gatesFirst(
  { data, dims: [inputs, rows] }: StoredTensor,
  units: number,
  order: readonly number[],
): StoredTensor {
  const turned = transposed(data, inputs, rows);
  return { dims: [rows, inputs], data: reorderBlocks(turned, 0, units * inputs, order) };
}

/** One bias [G·H], or with the reset after the product two, [2, G·H]. */
function readBias(
  bias: StoredTensor,
  units: number,
  order: readonly number[],
  resetAfter: boolean,
  who: string,
): Float32Array {
  const rows = order.length * units;
  expectShape(bias, resetAfter ? [2, rows] : [rows], who, 'bias');
  const both = new Float32Array(2 * rows);
  both.set(reorderBlocks(bias.data, 0, units, order));
  if (resetAfter) both.set(reorderBlocks(bias.data, rows, units, order), rows);
  return both;
}
