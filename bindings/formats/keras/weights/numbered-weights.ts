import { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { Hdf5File, StoredTensor } from '../files/hdf5.js';
import type { LayerPlace, LayerVariables, WeightSource } from './weight-source.js';

/**
 * Weights as Keras 3 stores them in `model.weights.h5`: numbers under the place of a layer among its kind,
 * `layers/lstm_1/cell/vars/0`. Keras 2.13 and its neighbours wrote `_layer_checkpoint_dependencies` for `layers`.
 *
 * Source: keras/src/saving/saving_lib.py.
 */
export class NumberedWeights implements WeightSource {
  private readonly older: boolean;

  constructor(
    private readonly file: Hdf5File,
    private readonly who: string,
  ) {
    this.older = !file.has('layers') && file.has('_layer_checkpoint_dependencies');
  }

  layer({ path, names }: LayerPlace): LayerVariables {
    const stored = this.older ? path.replaceAll(/(^|\/)layers(?=\/)/g, '$1_layer_checkpoint_dependencies') : path;
    return this.variablesAt(stored, `${this.who}: layer ${describeValue(names.join('/'))}`);
  }

  /** Every group was checked as it was taken. */
  finish(): void {}

  private variablesAt(path: string, label: string): LayerVariables {
    return {
      take: (names) => this.take(`${path}/vars`, names, label),
      // Keras 2 and early Keras 3 store parts under the names of attributes that are not public.
      part: (name) => this.variablesAt(`${path}/${this.file.has(`${path}/_${name}`) ? '_' : ''}${name}`, label),
      leave: () => {},
    };
  }

  private take(path: string, names: readonly string[], label: string): StoredTensor[] {
    const found = this.file.names(path);
    if (found.length !== names.length || names.some((_, i) => !found.includes(String(i)))) {
      throw new HiddenstateError(
        'WEIGHTS',
        `${label}: got ${found.length} variables in ${describeValue(path)}, expected ${names.length}: ${names.join(', ')}`,
      );
    }
    return names.map((_, i) => this.file.tensor(`${path}/${i}`));
  }
}
