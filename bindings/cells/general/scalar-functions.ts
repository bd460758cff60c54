import { clamp, elu, erf, hardSigmoid, leakyRelu, type ScalarFunction, sigmoid, softplus } from './elementary.js';

export type { ScalarFunction } from './elementary.js';

/** A family of functions with up to two constants; `alpha` and `beta` are its defaults, absent where it has none. */
interface Family {
  readonly alpha?: number;
  readonly beta?: number;
  make(alpha: number, beta: number): ScalarFunction;
}

export const SELU_ALPHA = 1.6732632423543772;
export const SELU_SCALE = 1.0507009873554805;

const plain = (f: ScalarFunction): Family => ({ make: () => f });
const hardSixth = hardSigmoid(1 / 6, 0.5);

/**
 * Every element-wise function that an ONNX recurrent operator or a Keras layer can name, in double precision.
 * Sources: the operators RNN, LSTM and GRU of ONNX (names in PascalCase there), keras.activations (snake_case there).
 */
const FAMILIES = {
  linear: plain((x) => x),
  relu: plain((x) => Math.max(x, 0)),
  tanh: plain(Math.tanh),
  sigmoid: plain(sigmoid),
  affine: { alpha: 1, beta: 0, make: (alpha, beta) => (x) => alpha * x + beta },
  leaky_relu: { alpha: 0.01, make: leakyRelu },
  thresholded_relu: { alpha: 1, make: (alpha) => (x) => (x <= alpha ? 0 : x) },
  scaled_tanh: { alpha: 1, beta: 1, make: (alpha, beta) => (x) => alpha * Math.tanh(beta * x) },
  hard_sigmoid: { alpha: 0.2, beta: 0.5, make: hardSigmoid },
  elu: { alpha: 1, make: elu },
  softsign: plain((x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? Math.sign(x) : x / (1 + Math.abs(x)))),
  softplus: plain(softplus),
  relu6: plain((x) => clamp(x, 0, 6)),
  exponential: plain(Math.exp),
  gelu: plain((x) => (x === Number.NEGATIVE_INFINITY ? 0 : 0.5 * x * (1 + erf(x * Math.SQRT1_2)))),
  gelu_tanh: plain((x) =>
    x === Number.NEGATIVE_INFINITY ? 0 : 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
  ),
  silu: plain((x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * sigmoid(x))),
  mish: plain((x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * Math.tanh(softplus(x)))),
  selu: plain((x) => SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.expm1(x) : x)),
  celu: { alpha: 1, make: (alpha) => (x) => (x < 0 ? alpha * Math.expm1(x / alpha) : x) },
  hard_silu: plain((x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * hardSixth(x))),
  hard_tanh: plain((x) => clamp(x, -1, 1)),
  hard_shrink: { alpha: 0.5, make: (alpha) => (x) => (Math.abs(x) <= alpha ? 0 : x) },
  soft_shrink: {
    alpha: 0.5,
    make: (alpha) => (x) => (Math.abs(x) <= alpha ? 0 : x - Math.sign(x) * alpha),
  },
  tanh_shrink: plain((x) => x - Math.tanh(x)),
  log_sigmoid: plain((x) => -softplus(-x)),
  sparse_plus: plain((x) => (x <= -1 ? 0 : x < 1 ? ((x + 1) * (x + 1)) / 4 : x)),
  sparse_sigmoid: plain((x) => clamp((x + 1) / 2, 0, 1)),
  squareplus: { beta: 4, make: (_, beta) => (x) => (x + Math.sqrt(x * x + beta)) / 2 },
} satisfies Record<string, Family>;

/** The name of an element-wise function. */
export type ScalarName = keyof typeof FAMILIES;

/** Whether there is a function of that name. */
export function isScalarName(name: string): name is ScalarName {
  return Object.hasOwn(FAMILIES, name);
}

/** The constants a function takes, in their order: none, alpha, beta or both. */
export function constantsOf(name: ScalarName): readonly ('alpha' | 'beta')[] {
  const family: Family = FAMILIES[name];
  return (['alpha', 'beta'] as const).filter((constant) => family[constant] !== undefined);
}

/** A function by name, its constants as given or the family's own. */
export function scalarFunction(name: ScalarName, alpha?: number, beta?: number): ScalarFunction {
  const family: Family = FAMILIES[name];
  return family.make(...constantsFor(name, alpha, beta));
}

/** The constants of a function, alpha and beta: as given, or the family's own, or 0 where it has none. */
export function constantsFor(name: ScalarName, alpha?: number, beta?: number): [alpha: number, beta: number] {
  const family: Family = FAMILIES[name];
  return [alpha ?? family.alpha ?? 0, beta ?? family.beta ?? 0];
}
