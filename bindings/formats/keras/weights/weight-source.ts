import type { StoredTensor } from '../files/hdf5.js';

/** Where a layer stands in a file. */
export interface LayerPlace {
  /** The names of the models around it, outermost first, and its own. */
  readonly names: readonly string[];
  /** Its place in a `.keras` file: `layers/lstm_1`. */
  readonly path: string;
}

/** The variables of one layer, or of one part of a layer that wraps others. */
export interface LayerVariables {
  /**
   * The next variables, in the order in which Keras makes them.
   *
   * @param names what Keras calls them: `kernel`, `bias`
   * @throws {Error} if they are not there, or others are
   */
  take(names: readonly string[]): StoredTensor[];
  /** The variables of a part: `cell`, `forward_layer`. */
  part(name: string): LayerVariables;
  /** Leaves them to the layers of a model that this one wraps. */
  leave(): void;
}

/** The weights of a model. */
export interface WeightSource {
  layer(place: LayerPlace): LayerVariables;
  /**
   * Checks that a layer took all that is there for it.
   *
   * @throws {Error} that names what was left
   */
  finish(place: LayerPlace): void;
}
