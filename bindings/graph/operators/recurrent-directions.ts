import type { Activation } from '../../cells/general/activation.js';
import type { GateFunctions } from '../../cells/general/description.js';
import type { ScalarName } from '../../cells/general/scalar-functions.js';
import { rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import type { Site } from '../operator.js';

/** The kinds of cell that ONNX has. */
export type RecurrentKind = 'RNN' | 'LSTM' | 'GRU';

/** One direction of a node. */
export interface Direction {
  readonly reverse: boolean;
  readonly functions: GateFunctions;
}

/** What the operators take when nothing is said: f, g, h. */
const DEFAULTS = { RNN: ['Tanh'], LSTM: ['Sigmoid', 'Tanh', 'Tanh'], GRU: ['Sigmoid', 'Tanh'] } as const;

/**
 * The functions of the specification; `cells/general` has more, which ONNX does not name. Names are compared without
 * case, as the specification says. After each the constants that it takes.
 */
const FUNCTIONS = new Map(
  (
    [
      ['relu'],
      ['tanh'],
      ['sigmoid'],
      ['affine', 'alpha', 'beta'],
      ['leaky_relu', 'alpha'],
      ['thresholded_relu', 'alpha'],
      ['scaled_tanh', 'alpha', 'beta'],
      ['hard_sigmoid', 'alpha', 'beta'],
      ['elu', 'alpha'],
      ['softsign'],
      ['softplus'],
    ] as const satisfies [ScalarName, ...('alpha' | 'beta')[]][]
  ).map((each) => [each[0].replace('_', ''), each]),
);

/**
 * Reads `direction`, `activations`, `activation_alpha` and `activation_beta`.
 *
 * @throws {RangeError} if a direction or a function is none of the specification's, or they are not as many as needed
 */
export function directionsOf(site: Site, kind: RecurrentKind): Direction[] {
  const { attributes, who } = site;
  const direction = attributes.string('direction', 'forward');
  if (direction !== 'forward' && direction !== 'reverse' && direction !== 'bidirectional') {
    throw rangeError(
      `${who}: direction: got ${describeValue(direction)}, expected "forward", "reverse" or "bidirectional"`,
    );
  }
  const reversals = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
  const defaults = DEFAULTS[kind];
  const names = attributes.strings('activations') ?? reversals.flatMap(() => defaults);
  if (names.length !== defaults.length * reversals.length) {
    throw rangeError(
      `${who}: activations: got ${names.length} of them, expected ${defaults.length} for each of ${reversals.length} directions`,
    );
  }
  const functions = withConstants(site, names);
  return reversals.map((reverse, d) => {
    const own = functions.slice(d * defaults.length, (d + 1) * defaults.length);
    return { reverse, functions: gateFunctions(kind, own) };
  });
}

/** An RNN's f is what its sum goes through, an LSTM's and a GRU's that of the gates. */
function gateFunctions(kind: RecurrentKind, [f, g, h]: readonly Activation[]): GateFunctions {
  if (kind === 'RNN') return { gate: f, candidate: f, output: f };
  return { gate: f, candidate: g, output: h ?? g };
}

/** Each function takes the constants it has from the lists, in order; its own defaults when a list is used up. */
function withConstants({ attributes, who }: Site, names: readonly string[]): Activation[] {
  const lists = {
    alpha: [...(attributes.floats('activation_alpha') ?? [])],
    beta: [...(attributes.floats('activation_beta') ?? [])],
  };
  return names.map((written) => {
    const known = FUNCTIONS.get(written.toLowerCase());
    if (known === undefined) {
      throw rangeError(
        `${who}: activations: got ${describeValue(written)}, expected one of ONNX's functions of RNN, LSTM and GRU`,
      );
    }
    const [name, ...taken] = known;
    const constants: { alpha?: number; beta?: number } = {};
    for (const constant of taken) {
      if (lists[constant].length > 0) constants[constant] = lists[constant].shift();
    }
    return { name, ...constants };
  });
}
