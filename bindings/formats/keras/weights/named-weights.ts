import { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { StoredTensor } from '../files/hdf5.js';
import type { NamedTensor } from '../files/tfjs-weights.js';
import type { LayerPlace, LayerVariables, WeightSource } from './weight-source.js';

/** A weight, its name in parts. */
interface Entry {
  readonly name: string;
  readonly parts: readonly string[];
  /** The name of the group it was stored in; `undefined` where there are no groups. */
  readonly group: string | undefined;
  read(): StoredTensor;
}

/** Weights stored together, in the order of the file. */
interface Group {
  readonly entries: Entry[];
  /** Those that have a part in their name. */
  readonly withPart: Map<string, Entry[]>;
  /** Those that are called like a variable and nothing else, as Keras 3.0 calls all of them. */
  readonly bare: Map<string, Entry>;
}

/**
 * Weights under names like `lstm/lstm_cell/kernel`, as legacy `.h5` files and TensorFlow.js have them. A layer's are those
 * that have its name as a part, in the order of the file, which is that of Keras.
 */
export class NamedWeights implements WeightSource {
  private readonly queues = new Map<string, Entry[]>();

  private readonly groups: ReadonlyMap<string | undefined, Group>;

  private constructor(
    entries: readonly Entry[],
    private readonly who: string,
  ) {
    this.groups = grouped(entries);
  }

  /** Of a TensorFlow.js manifest. */
  static ofManifest(tensors: readonly NamedTensor[], who: string): NamedWeights {
    return new NamedWeights(
      tensors.map((tensor) => ({
        name: tensor.name,
        parts: partsOf(tensor.name),
        group: undefined,
        read: () => tensor,
      })),
      who,
    );
  }

  /**
   * Of groups, one for each layer of the outermost model.
   *
   * @param groups names of weights by group
   * @param read gives a weight of a group
   */
  static ofGroups(
    groups: ReadonlyMap<string, readonly string[]>,
    read: (group: string, name: string) => StoredTensor,
    who: string,
  ): NamedWeights {
    const entries = [...groups].flatMap(([group, names]) =>
      names.map((name) => ({ name, parts: partsOf(name), group, read: () => read(group, name) })),
    );
    return new NamedWeights(entries, who);
  }

  layer(place: LayerPlace): LayerVariables {
    const label = labelOf(this.who, place);
    const queue = this.entriesOf(place);
    const bare = queue.length === 0 ? this.groups.get(place.names[0])?.bare : undefined;
    if (bare && bare.size > 0) return ofBare(bare, label);
    this.queues.set(place.names.join('/'), queue);
    const variables: LayerVariables = {
      take: (names) => takeAll(queue, names, label),
      part: () => variables,
      leave: () => {
        queue.length = 0;
      },
    };
    return variables;
  }

  finish(place: LayerPlace): void {
    const left = this.queues.get(place.names.join('/')) ?? [];
    if (left.length === 0) return;
    throw new HiddenstateError(
      'WEIGHTS',
      `${labelOf(this.who, place)}: got weight ${describeValue(left[0].name)}, expected only those that the layer has`,
    );
  }

  private entriesOf({ names }: LayerPlace): Entry[] {
    const own = names[names.length - 1];
    const group = this.groups.get(names[0]);
    // A group of a layer that is no model holds that layer's weights, whatever they are called.
    if (group && names.length === 1) return [...group.entries];
    const { withPart } = group ?? this.groups.get(undefined) ?? NOTHING;
    // A name may hold slashes itself.
    const [pieces, around] = [own.split('/'), names.slice(0, -1).flatMap((name) => name.split('/'))];
    let best: Entry[] = [];
    let least = Number.POSITIVE_INFINITY;
    for (const entry of withPart.get(pieces[0]) ?? []) {
      const distance = distanceOf(entry, pieces, around);
      if (distance < least) best = [];
      if (distance < Number.POSITIVE_INFINITY && distance <= least) best.push(entry);
      least = Math.min(least, distance);
    }
    return best;
  }
}

/**
 * How far the name of a weight is from being that of a layer in some models. Keras writes the names of the models around a layer
 * or leaves some of them out, as it made the layer inside them or before; a variable may be called like a model.
 *
 * @param own the name of the layer, in parts
 * @param around names of the models, outermost first, in parts
 * @returns the models that the name leaves out, and of names that leave out as many the parts that are none of them; infinity
 *   where the layer is not in the name
 */
function distanceOf({ parts }: Entry, own: readonly string[], around: readonly string[]): number {
  let least = Number.POSITIVE_INFINITY;
  const models = around.slice(-MAX_AROUND);
  // The longest common subsequence of the parts so far with the first i models, for each i.
  const common = new Array<number>(models.length + 1).fill(0);
  for (let at = 0; at + own.length < parts.length; at++) {
    const found = common[models.length];
    if (own.every((piece, i) => parts[at + i] === piece))
      least = Math.min(least, (models.length - found) * FAR + at - found);
    let diagonal = 0;
    models.forEach((model, i) => {
      const before = common[i + 1];
      common[i + 1] = model === parts[at] ? diagonal + 1 : Math.max(before, common[i]);
      diagonal = before;
    });
  }
  return least;
}

/** So many of the models around a layer tell its weights from others'. */
const MAX_AROUND = 32;

/** More than a name has parts. */
const FAR = 2 ** 20;

const NOTHING: Pick<Group, 'withPart'> = { withPart: new Map() };

function grouped(entries: readonly Entry[]): Map<string | undefined, Group> {
  const groups = new Map<string | undefined, Group>();
  for (const entry of entries) {
    const group = groups.get(entry.group) ?? {
      entries: [],
      withPart: new Map<string, Entry[]>(),
      bare: new Map<string, Entry>(),
    };
    if (entry.parts.length === 1) group.bare.set(entry.parts[0], entry);
    groups.set(entry.group, group);
    group.entries.push(entry);
    for (const part of new Set(entry.parts)) {
      const others = group.withPart.get(part);
      if (others) others.push(entry);
      else group.withPart.set(part, [entry]);
    }
  }
  return groups;
}

/** Of a model in which each variable has a name of its own, for otherwise Keras could not have written them. */
function ofBare(bare: Map<string, Entry>, label: string): LayerVariables {
  const variables: LayerVariables = {
    take: (names) =>
      names.map((name) => {
        const entry = bare.get(name);
        bare.delete(name);
        return next(entry ? [entry] : [], name, label);
      }),
    part: () => variables,
    leave: () => {},
  };
  return variables;
}

/** The next weights, which must be these. A layer that was quantised has its bias before its kernel. */
function takeAll(queue: Entry[], names: readonly string[], label: string): StoredTensor[] {
  const these = new Map(queue.slice(0, names.length).map((entry) => [entry.parts.at(-1), entry]));
  const found = names.map((name) => these.get(name)).filter((entry) => entry !== undefined);
  if (new Set(found).size < names.length) return names.map((name) => next(queue, name, label));
  queue.splice(0, names.length);
  return found.map((entry) => entry.read());
}

function next(queue: Entry[], name: string, label: string): StoredTensor {
  const entry = queue.shift();
  if (!entry) throw new HiddenstateError('WEIGHTS', `${label}: got no weight ${describeValue(name)}, expected one`);
  if (entry.parts.at(-1) === name) return entry.read();
  throw new HiddenstateError(
    'WEIGHTS',
    `${label}: got weight ${describeValue(entry.name)}, expected its ${describeValue(name)}`,
  );
}

/** `lstm/lstm_cell/kernel:0` in parts, without the number of the output. */
function partsOf(name: string): string[] {
  return name.replace(/:\d+$/, '').split('/');
}

function labelOf(who: string, { names }: LayerPlace): string {
  return `${who}: layer ${describeValue(names.join('/'))}`;
}
