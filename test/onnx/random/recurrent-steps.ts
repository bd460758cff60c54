/** RNN, LSTM and GRU with what their nodes may say. */
import { floatAttribute, intAttribute, message, textAttribute } from '../model-bytes.js';
import { type Step, sizeOf } from './draw.js';

const CELLS = [
  ['LSTM', 4, ['Sigmoid', 'Tanh', 'Tanh']],
  ['GRU', 3, ['Sigmoid', 'Tanh']],
  ['RNN', 1, ['Tanh']],
] as const;

const OTHERS = ['Tanh', 'Sigmoid', 'Relu', 'HardSigmoid', 'Softsign'];

const recurrent: Step = (g) => {
  const x = g.any(3, ({ dims }) => dims.length === 3 && sizeOf(dims) < 200);
  if (!x) return;
  const [steps, batch, size] = x.dims;
  const H = 1 + g.draw.int(4);
  const [op, gates, activations] = g.draw.pick(CELLS);
  const D = 1 + g.draw.int(2);
  const may = (input: () => string) => (g.draw.coin() ? input() : '');
  const state = () => may(() => g.draw.weights([D, batch, H]));
  const inputs = [
    x.name,
    g.draw.weights([D, gates * H, size]),
    g.draw.weights([D, gates * H, H]),
    may(() => g.draw.weights([D, 2 * gates * H])),
    '',
    state(),
  ];
  if (g.draw.int(3) === 0) {
    const lengths = g.draw.ints(Array.from({ length: batch }, () => 1 + g.draw.int(steps)));
    inputs[4] = g.node('Cast', [lengths], [intAttribute('to', 6)])[0];
  }
  if (op === 'LSTM') inputs.push(state());
  if (op === 'LSTM' && g.draw.int(3) === 0) inputs.push(g.draw.weights([D, 3 * H]));
  const direction = D === 2 ? 'bidirectional' : g.draw.pick(['forward', 'reverse']);
  const attributes = [intAttribute('hidden_size', H), textAttribute('direction', direction)];
  if (op === 'GRU') attributes.push(intAttribute('linear_before_reset', g.draw.int(2)));
  if (g.draw.int(3) === 0) {
    const names = Array.from({ length: D }, () =>
      activations.map((usual) => (g.draw.coin() ? usual : g.draw.pick(OTHERS))),
    );
    attributes.push(message({ 1: 'activations', 9: names.flat(), 20: 8 }));
  }
  if (g.draw.int(5) === 0) attributes.push(floatAttribute('clip', 0.75));
  const at = g.draw.int(op === 'LSTM' ? 3 : 2);
  g.add(op, inputs, at ? [D, batch, H] : [steps, D, batch, H], attributes, { at });
};

export const RECURRENT_STEPS: readonly Step[] = [recurrent, recurrent];
