import { LSTM_KIND } from '../cells/kind.js';
import { rangeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import type { StoredStateDict } from '../tensor.js';
import { inferOptions } from './infer-options.js';
import { loaded } from './module.js';
import { type FromStateDictOptions, Recurrent, type RecurrentOptions } from './recurrent.js';
import type { LSTMState } from './state.js';

/** Options of `LSTM`, as of torch.nn.LSTM. */
export interface LSTMOptions extends RecurrentOptions {
  /** Features of h after projection by W_hr (Sak et al. 2014), less than hiddenSize; 0, the default, has none. */
  projSize?: number;
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997; the equations of torch.nn.LSTM):
 *
 * ```text
 * i, f, o = σ(W·x + b + U·h)      g = tanh(W·x + b + U·h)
 * c ← f ∘ c + i ∘ g               h ← o ∘ tanh(c), then W_hr·h where projected
 * ```
 *
 * @example
 * ```ts
 * import { LSTM } from 'hiddenstate';
 *
 * const lstm = new LSTM({ inputSize: 10, hiddenSize: 20, numLayers: 2 });
 * const input = { data: new Float32Array(5 * 3 * 10), dims: [5, 3, 10] }; // 5 steps, a batch of 3
 * const { output, state } = lstm.forward(input);
 * console.log(output.dims, state.h.dims, state.c.dims); // [ 5, 3, 20 ] [ 2, 3, 20 ] [ 2, 3, 20 ]
 *
 * const stream = lstm.stream(); // or one step at a time, the state kept
 * console.log(stream.step(new Float32Array(10)).length); // 20
 * ```
 */
export class LSTM extends Recurrent<LSTMState> {
  /** @internal Options that the tensors do not tell. */
  static get stated(): readonly string[] {
    return [];
  }
  /** Features of h after projection; 0 without. */
  readonly projSize: number;

  /**
   * @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights
   */
  constructor(options: LSTMOptions) {
    const projSize = options?.projSize ?? 0;
    assertSize(projSize, 'LSTM: projSize', 0);
    if (projSize && projSize >= options.hiddenSize) {
      throw rangeError(`LSTM: projSize: got ${projSize}, expected less than hiddenSize ${options.hiddenSize}`);
    }
    super(options, { type: 'LSTM', kind: LSTM_KIND, projSize, extra: { projSize } });
    this.projSize = projSize;
  }

  /**
   * Makes a layer from PyTorch's weights; sizes, layers, directions, bias and projection are read from names and shapes.
   *
   * @throws {TypeError | RangeError | Error} if the tensors are not those of one LSTM; no memory stays taken
   */
  static fromStateDict(dict: StoredStateDict, options: FromStateDictOptions = {}): LSTM {
    const who = 'LSTM.fromStateDict';
    assertOptions(options, ['prefix', 'batchFirst', 'weights', 'engine'], who);
    const { prefix = '', weights, ...rest } = options;
    const inferred = inferOptions(dict, LSTM_KIND, prefix, who);
    const format = weights ?? inferred.weights;
    return loaded(new LSTM({ ...inferred, ...rest, weights: format, seed: null }), dict, { prefix });
  }
}
