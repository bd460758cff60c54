import { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { StoredTensor } from '../files/hdf5.js';
import type { NamedTensor } from '../files/tfjs-weights.js';
import type { LayerPlace, LayerVariables, WeightSource } from './weight-source.js';

/** Arrays in groups under paths: an HDF5 file, or what was made of one. */
export interface WeightStore {
  /** Whether there is a group or an array. */
  has(path: string): boolean;
  /** What lies in a group; nothing where there is none. */
  names(path: string): readonly string[];
  /** @throws {Error} if there is no array */
  tensor(path: string): StoredTensor;
}

/** The end of a weight's path where weights are numbered. */
const NUMBERED = /(^|\/)vars\/\d+$/;

/** Whether a TensorFlow.js manifest has the paths of `model.weights.h5`, as that of a converted `.keras` file has. */
export function isNumbered(tensors: readonly NamedTensor[]): boolean {
  return tensors.length > 0 && tensors.every(({ name }) => NUMBERED.test(name));
}

/** The weights of a manifest under their paths. */
export function storeOf(tensors: readonly NamedTensor[]): WeightStore {
  const groups = new Map<string, Map<string, StoredTensor | undefined>>();
  for (const tensor of tensors) {
    const parts = tensor.name.split('/');
    parts.forEach((part, i) => {
      const path = parts.slice(0, i).join('/');
      const group = groups.get(path) ?? new Map<string, StoredTensor | undefined>();
      groups.set(path, group.set(part, i === parts.length - 1 ? tensor : undefined));
    });
  }
  const split = (path: string): [string, string] => {
    const at = path.lastIndexOf('/');
    return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
  };
  return {
    has: (path) => groups.get(split(path)[0])?.has(split(path)[1]) ?? false,
    names: (path) => [...(groups.get(path)?.keys() ?? [])],
    // Asked for by the names of its group alone.
    tensor: (path) => groups.get(split(path)[0])?.get(split(path)[1]) as StoredTensor,
  };
}

/** What Keras called a model's layers before it called them `layers`. */
const OLDER_LAYERS = '_layer_checkpoint_dependencies';

/**
 * Weights as Keras 3 stores them in `model.weights.h5`: numbers under the place of a layer among its kind,
 * `layers/lstm_1/cell/vars/0`. Keras 2.13 and its neighbours wrote `_layer_checkpoint_dependencies` for `layers`, a list in which
 * layers with weights come twice: there a second LSTM is `lstm_2`.
 *
 * Source: keras/src/saving/saving_lib.py.
 */
export class NumberedWeights implements WeightSource {
  private readonly older: boolean;

  constructor(
    private readonly file: WeightStore,
    private readonly who: string,
  ) {
    this.older = !file.has('layers') && file.has(OLDER_LAYERS);
  }

  layer({ path, names }: LayerPlace): LayerVariables {
    const stored = this.older ? this.olderPlace(path) : path;
    return this.variablesAt(stored, `${this.who}: layer ${describeValue(names.join('/'))}`);
  }

  /** Of the groups of a class, the one that comes as the layer does among its kind: each layer has one, with weights or without. */
  private olderPlace(path: string): string {
    return path.split('/').reduce((parent, part) => {
      if (part === 'layers') return `${parent}${parent && '/'}${OLDER_LAYERS}`;
      if (!parent.endsWith(OLDER_LAYERS)) return `${parent}/${part}`;
      const [, kind, number = '0'] = /^(.*?)(?:_(\d+))?$/.exec(part) as RegExpExecArray;
      const numberOf = (name: string) => (name === kind ? 0 : Number(name.slice(kind.length + 1)));
      const places = this.file
        .names(parent)
        .filter((name) => name === kind || (name.startsWith(`${kind}_`) && numberOf(name) > 0))
        .sort((one, other) => numberOf(one) - numberOf(other));
      return `${parent}/${places[Number(number)] ?? part}`;
    }, '');
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
