import { HiddenstateError, rangeError } from '../../../errors.js';
import type { Value } from '../graph-builder.js';
import { activate, readActivation } from './activations.js';
import { channelsFirstOrder, channelsLast, constantOf } from './channels.js';
import { attributesOf, filtersFirst, readSizes } from './convolutions.js';
import { expectShape } from './dense.js';
import type { BuiltLayer, LayerContext, LayerImporter, LayerTable } from './layer.js';
import { readOptions, sequenceOf } from './recurrent-layers.js';

/** Gates of an LSTM, in Keras' order: input, forget, candidate, output. */
const GATES = 4;

/**
 * ConvLSTM1D and ConvLSTM2D: an LSTM whose products are convolutions, over [B, T, places …, C].
 *
 * The convolution of the input is one node for all steps; a Scan takes the steps.
 *
 * Source: keras/src/layers/rnn/conv_lstm.py, and the function rnn of Keras' backends for masks.
 */
function convLstm(rank: number): LayerImporter {
  return (context): BuiltLayer => {
    const { builder, name, fields, variables, pool, who } = context;
    const options = readOptions(context);
    if (options.stateful || pool.stepwise) {
      throw new HiddenstateError(
        'UNSUPPORTED',
        `${who}: got a ConvLSTM whose state would be kept, expected one that begins at zeros: set stateful to false`,
      );
    }
    const sizes = readSizes(context, rank);
    const filters = fields.integer('filters', 1);
    const useBias = fields.flag('use_bias', true);
    const part = variables.part('cell');
    const [kernel, recurrent, bias] = part.take(['kernel', 'recurrent_kernel', ...(useBias ? ['bias'] : [])]);
    expectShape(kernel, [...sizes.kernel, -1, GATES * filters], who, 'kernel');
    expectShape(recurrent, [...sizes.kernel, filters, GATES * filters], who, 'recurrent_kernel');
    const w = [constantOf(builder, `${name}/kernel`, filtersFirst(kernel))];
    if (bias) w.push(constantOf(builder, `${name}/bias`, expectShape(bias, [GATES * filters], who, 'bias')));
    const r = constantOf(builder, `${name}/recurrent_kernel`, filtersFirst(recurrent));
    const turned = (value: string, back: boolean) =>
      channelsLast(context)
        ? builder.add('Transpose', name, [value], { perm: channelsFirstOrder(rank + 2, back) })
        : value;
    return (call) => {
      const { x, mask, states } = sequenceOf(call);
      if (x.rank !== rank + 3) throw rangeError(`${who}: got an input of ${x.rank} dimensions, expected ${rank + 3}`);
      if (states.length !== 0 && states.length !== 2) {
        throw rangeError(`${who}: got ${states.length} initial states, expected 2`);
      }
      const [steps] = builder.addKeras('MergeSteps', name, [builder.asFloats(name, x).name], 1, {});
      const convolved = builder.add('Conv', name, [turned(steps, false), ...w], attributesOf(sizes, 1));
      const [gates] = builder.addKeras('SplitSteps', name, [convolved, x.name], 1, {});
      const [zeros] = builder.addKeras('ZeroState', name, [gates], 1, {});
      const initial = states.map((state) => turned(builder.asFloats(name, state).name, false));
      const [h, c] = initial.length > 0 ? initial : [zeros, zeros];
      const scanned = scan(context, { gates, mask, h, c, zeros, r, sizes: sizes.kernel, ...options });
      const value = (own: string): Value => ({
        name: turned(own, true),
        dtype: 'float32',
        rank: rank + 2,
        timed: false,
      });
      const finals = options.returnState ? [value(scanned.h), value(scanned.c)] : [];
      if (!options.returnSequences) return [value(scanned.last), ...finals];
      const [flat] = builder.addKeras('MergeSteps', name, [scanned.all], 1, {});
      const [output] = builder.addKeras('SplitSteps', name, [turned(flat, true), x.name], 1, {});
      return [{ name: output, dtype: 'float32', rank: x.rank, timed: x.timed, mask: x.mask }, ...finals];
    };
  };
}

/** What a Scan over the steps is told. */
interface Scanned {
  /** [B, T, 4F, places …], the convolutions of the input. */
  readonly gates: string;
  readonly mask: Value | undefined;
  /** [B, F, places …] */
  readonly h: string;
  readonly c: string;
  readonly zeros: string;
  readonly r: string;
  readonly sizes: readonly number[];
  readonly goBackwards: boolean;
  readonly zeroMasked: boolean;
}

/** Adds the Scan: the final states, the last output, and all outputs in the order in which steps were taken. */
function scan(context: LayerContext, given: Scanned): { h: string; c: string; last: string; all: string } {
  const { builder, name } = context;
  const { mask, sizes, goBackwards } = given;
  const body = builder.inner();
  const floats = (label: string) => body.input(`${name}/${label}`, 'float32', sizes.length + 2, false);
  const [h, c, y, gates] = ['h', 'c', 'y', 'gates'].map(floats);
  const counts = mask && body.input(`${name}/counts`, 'bool', 1, false).name;
  const add = (op: string, inputs: readonly string[], attributes = {}) => body.add(op, name, inputs, attributes);
  const ones = sizes.map(() => 1);
  const recurrent = attributesOf({ kernel: [...sizes], strides: ones, dilations: ones, padding: 'same' }, 1);
  const summed = add('Add', [gates.name, add('Conv', [h.name, given.r], recurrent)]);
  const [i, f, z, o] = body.addParts('Split', name, [summed], GATES, { axis: 1, num_outputs: GATES });
  const { gate, candidate } = functionsOf(context);
  const apply = (activation: typeof gate, value: string) =>
    activate(body, name, { ...h, name: value }, activation).name;
  const kept = add('Mul', [apply(gate, f), c.name]);
  const nextC = add('Add', [kept, add('Mul', [apply(gate, i), apply(candidate, z)])]);
  const nextH = add('Mul', [apply(gate, o), apply(candidate, nextC)]);
  const places = body.integers(`${name}/places`, [1, ...sizes.map((_, d) => d + 2)]);
  const condition = counts && add('Unsqueeze', [counts, places]);
  const chosen = (next: string, before: string) => (condition ? add('Where', [condition, next, before]) : next);
  const nextY = chosen(nextH, given.zeroMasked ? body.floats(`${name}/zero`, [], [0]) : y.name);
  for (const [label, value] of [
    ['h', chosen(nextH, h.name)],
    ['c', chosen(nextC, c.name)],
    ['y', nextY],
    ['all', nextY],
  ] as const) {
    body.output(`${name}/${label}`, { name: value, dtype: 'float32' });
  }
  const [lastH, lastC, last, all] = builder.addParts(
    'Scan',
    name,
    [given.h, given.c, given.zeros, given.gates, ...(mask ? [builder.cast(name, mask, 'bool').name] : [])],
    GATES,
    {
      body: body.build(),
      num_scan_inputs: mask ? 2 : 1,
      scan_input_axes: mask ? [1, 1] : [1],
      scan_input_directions: new Array<number>(mask ? 2 : 1).fill(Number(goBackwards)),
      scan_output_axes: [1],
    },
  );
  return { h: lastH, c: lastC, last, all };
}

function functionsOf({ fields, version, who }: LayerContext) {
  return {
    gate: readActivation(
      fields.get('recurrent_activation') ?? 'sigmoid',
      version.dialect,
      `${who}: recurrent_activation`,
    ),
    candidate: readActivation(fields.get('activation') ?? 'tanh', version.dialect, `${who}: activation`),
  };
}

/** LSTMs over places. */
export const CONVOLUTIONAL_LSTMS: LayerTable = { ConvLSTM1D: convLstm(1), ConvLSTM2D: convLstm(2) };
