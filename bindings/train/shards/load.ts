import { type Module, Sequential, type Simd } from '../../index.js';
import type { LossRecipe } from '../losses/loss.js';

/** What a thread makes its station of. */
export interface ShardLoad {
  /** What `Sequential.save` wrote. */
  readonly bytes: Uint8Array;
  /** Whether the model is the only module in it. */
  readonly isBare: boolean;
  /** The kernels it runs on: those of the original, whose bits it has to give. */
  readonly simd: Simd;
  /** The numbers of its shards. */
  readonly shards: readonly number[];
  /** Of each tape: the most sequences and steps, and the dropout between recurrent layers. */
  readonly batch: number;
  readonly steps: number;
  readonly dropout: number;
  /** The loss, if it is one of the library. */
  readonly loss: LossRecipe | undefined;
}

/** A model as a thread loads it. */
export function savedModel(model: Module): Pick<ShardLoad, 'bytes' | 'isBare' | 'simd'> {
  const isBare = !(model instanceof Sequential);
  // Not disposed: it would take the layer with it.
  const whole = isBare ? new Sequential([model]) : model;
  return { bytes: whole.save(), isBare, simd: model.engine.simd };
}
