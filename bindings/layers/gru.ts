import { CELL_KINDS } from '../cells/kind.js';
import { assertBoolean, assertOptions } from '../options.js';
import { readable, type StoredStateDict } from '../tensor.js';
import { inferOptions } from './infer-options.js';
import { loaded } from './module.js';
import { type FromStateDictOptions, Recurrent, type RecurrentOptions } from './recurrent.js';
import type { HiddenState } from './state.js';

/** Options of `GRU`, as of torch.nn.GRU, and the placement of the reset gate. */
export interface GRUOptions extends RecurrentOptions {
  /** Whether r multiplies U_n·h + c_n (PyTorch, cuDNN, Keras' default) or h itself (Cho et al. 2014). Default true. */
  resetAfter?: boolean;
}

/**
 * Gated recurrent unit, its update gate signed as in PyTorch:
 *
 * ```text
 * r = σ(W_r·x + b_r + U_r·h + c_r)      n = tanh(W_n·x + b_n + r ∘ (U_n·h + c_n))
 * z = σ(W_z·x + b_z + U_z·h + c_z)      h ← (1 − z) ∘ n + z ∘ h
 * ```
 *
 * With `resetAfter: false`, n = tanh(W_n·x + b_n + U_n·(r ∘ h) + c_n).
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 *
 * const gru = new GRU({ inputSize: 10, hiddenSize: 20, numLayers: 2 });
 * const input = { data: new Float32Array(5 * 3 * 10), dims: [5, 3, 10] }; // 5 steps, a batch of 3
 * const { output, state } = gru.forward(input);
 * console.log(output.dims, state.h.dims); // [ 5, 3, 20 ] [ 2, 3, 20 ]
 * ```
 */
export class GRU extends Recurrent<HiddenState> {
  /** @internal Options that the tensors do not tell. */
  static get stated(): readonly string[] {
    return ['resetAfter'];
  }
  /** Whether the reset gate multiplies after the recurrent product. */
  readonly resetAfter: boolean;

  /**
   * @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the weights
   */
  constructor(options: GRUOptions) {
    const resetAfter = readable(options)?.resetAfter ?? true;
    assertBoolean(resetAfter, 'GRU: resetAfter');
    const kind = resetAfter ? CELL_KINDS.gru : CELL_KINDS.gruResetBefore;
    super(options, { type: 'GRU', kind, projSize: 0, extra: { resetAfter } });
    this.resetAfter = resetAfter;
  }

  /**
   * Makes a layer from PyTorch's weights; sizes, layers, directions and bias are read from names and shapes. Where the
   * reset gate goes is in neither: say so with `resetAfter`.
   *
   * @throws {TypeError | RangeError | Error} if the tensors are not those of one GRU; no memory stays taken
   */
  static fromStateDict(
    dict: StoredStateDict,
    options: FromStateDictOptions & Pick<GRUOptions, 'resetAfter'> = {},
  ): GRU {
    const who = 'GRU.fromStateDict';
    assertOptions(options, ['prefix', 'batchFirst', 'weights', 'resetAfter', 'engine'], who);
    const { prefix = '', weights, ...rest } = options;
    const { projSize: _, ...inferred } = inferOptions(dict, CELL_KINDS.gru, prefix, who);
    const format = weights ?? inferred.weights;
    return loaded(new GRU({ ...inferred, ...rest, weights: format, seed: null }), dict, { prefix });
  }
}
