import { CELL_KINDS } from '../cells/kind.js';
import { rangeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue, type StoredStateDict } from '../tensor.js';
import { inferOptions } from './infer-options.js';
import { loaded } from './module.js';
import { type FromStateDictOptions, Recurrent, type RecurrentOptions } from './recurrent.js';
import type { HiddenState } from './state.js';

/** φ of a vanilla RNN. */
export type Nonlinearity = 'tanh' | 'relu';

/** Options of `RNN`, as of torch.nn.RNN. */
export interface RNNOptions extends RecurrentOptions {
  /** φ. Default tanh. */
  nonlinearity?: Nonlinearity;
}

/**
 * Vanilla (Elman) RNN, as torch.nn.RNN: h ← φ(W·x + b_ih + U·h + b_hh).
 *
 * @example
 * ```ts
 * import { RNN } from 'hiddenstate';
 *
 * const rnn = new RNN({ inputSize: 10, hiddenSize: 20, nonlinearity: 'relu' });
 * const input = { data: new Float32Array(5 * 3 * 10), dims: [5, 3, 10] }; // 5 steps, a batch of 3
 * const { output, state } = rnn.forward(input);
 * console.log(output.dims, state.h.dims); // [ 5, 3, 20 ] [ 1, 3, 20 ]
 * ```
 */
export class RNN extends Recurrent<HiddenState> {
  /** @internal Options that the tensors do not tell. */
  static get stated(): readonly string[] {
    return ['nonlinearity'];
  }
  /** φ. */
  readonly nonlinearity: Nonlinearity;

  /**
   * @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights
   */
  constructor(options: RNNOptions) {
    const nonlinearity = options?.nonlinearity ?? 'tanh';
    super(options, { type: 'RNN', kind: rnnKind(nonlinearity, 'RNN'), projSize: 0, extra: { nonlinearity } });
    this.nonlinearity = nonlinearity;
  }

  /**
   * Makes a layer from PyTorch's weights; sizes, layers, directions and bias are read from names and shapes.
   *
   * @throws {TypeError | RangeError | Error} if the tensors are not those of one RNN; no memory stays taken
   */
  static fromStateDict(
    dict: StoredStateDict,
    options: FromStateDictOptions & Pick<RNNOptions, 'nonlinearity'> = {},
  ): RNN {
    const who = 'RNN.fromStateDict';
    assertOptions(options, ['prefix', 'batchFirst', 'weights', 'nonlinearity', 'engine'], who);
    const { prefix = '', weights, ...rest } = options;
    const { projSize: _, ...inferred } = inferOptions(dict, CELL_KINDS.rnnTanh, prefix, who);
    const format = weights ?? inferred.weights;
    return loaded(new RNN({ ...inferred, ...rest, weights: format, seed: null }), dict, { prefix });
  }
}

/**
 * The cell of a nonlinearity.
 *
 * @throws {RangeError} if it is neither tanh nor relu
 */
export function rnnKind(nonlinearity: unknown, who: string): typeof CELL_KINDS.rnnTanh | typeof CELL_KINDS.rnnRelu {
  if (nonlinearity === 'tanh') return CELL_KINDS.rnnTanh;
  if (nonlinearity === 'relu') return CELL_KINDS.rnnRelu;
  throw rangeError(`${who}: nonlinearity: got ${describeValue(nonlinearity)}, expected "tanh" or "relu"`);
}
