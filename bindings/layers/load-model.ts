import { HiddenstateError, rangeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue, type StoredStateDict } from '../tensor.js';
import type { WeightFormat } from '../weights/quantized.js';
import { readSafetensors } from '../weights/safetensors.js';
import { storedNames } from '../weights/state-dict.js';
import { LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from './activation.js';
import { AttentionPool } from './attention-pool.js';
import { Embedding } from './embedding.js';
import { matrixDims } from './infer-options.js';
import { Linear } from './linear.js';
import { loaded, type Module, type ModuleConfig, type ModuleOptions } from './module.js';
import { LastStep, MaxPool, MeanPool } from './pools.js';
import type { FromStateDictOptions } from './recurrent.js';
import * as recurrentLayers from './recurrent-layers.js';
import { Dropout, LayerNorm, Scaler } from './regular.js';
import { DESCRIPTION, DESCRIPTION_VERSION, Sequential } from './sequential.js';

/** Where a module's weights are, and what a description says that names and shapes cannot. */
interface Recipe {
  readonly dict: StoredStateDict;
  readonly prefix: string;
  readonly engine: ModuleOptions['engine'];
  readonly config: ModuleConfig;
  /** How matrices shall be kept; as the dict has them unless given. */
  readonly weights?: WeightFormat;
}

/** How deep Sequentials may lie in each other: far more than anyone nests, far less than a stack holds. */
const DEEPEST = 32;

/** The class of a recurrent layer. */
interface RecurrentLayer {
  readonly stated: readonly string[];
  fromStateDict(dict: StoredStateDict, options: FromStateDictOptions): Module;
}

const RECURRENT: Readonly<Record<string, RecurrentLayer>> = recurrentLayers;

/**
 * How to make each type of module but the recurrent layers. Sizes come from the tensors, never from the description, so memory is taken only for
 * weights that are really in the file; the description is compared afterwards.
 */
const MAKERS: Readonly<Record<string, (recipe: Recipe) => Module>> = {
  Linear: ({ dict, config: _, ...rest }) => Linear.fromStateDict(dict, rest),
  Embedding: ({ dict, config: _, ...rest }) => Embedding.fromStateDict(dict, rest),
  AttentionPool: ({ dict, prefix, engine, config }) => {
    const inputSize = matrixDims(dict, `${prefix}weight`, 'AttentionPool')[1];
    return loaded(new AttentionPool({ inputSize, engine, seed: null, ...pick(config, 'batchFirst') }), dict, {
      prefix,
    });
  },
  Dropout: ({ engine, config }) => new Dropout({ engine, ...pick(config, 'p') }),
  LastStep: ({ engine, config }) => new LastStep({ engine, ...pick(config, 'batchFirst', 'bidirectional') }),
  LayerNorm: ({ dict, prefix, engine, config }) => {
    const size = vectorSize(dict, `${prefix}weight`, 'LayerNorm');
    return loaded(new LayerNorm({ size, engine, ...pick(config, 'epsilon') }), dict, { prefix });
  },
  MaxPool: ({ engine, config }) => new MaxPool({ engine, ...pick(config, 'batchFirst') }),
  MeanPool: ({ engine, config }) => new MeanPool({ engine, ...pick(config, 'batchFirst') }),
  Scaler: ({ dict, prefix, engine, config }) => {
    const size = vectorSize(dict, `${prefix}mean`, 'Scaler');
    return loaded(new Scaler({ size, engine, ...pick(config, 'inverse') }), dict, { prefix });
  },
  Tanh: ({ engine }) => new Tanh({ engine }),
  Sigmoid: ({ engine }) => new Sigmoid({ engine }),
  ReLU: ({ engine }) => new ReLU({ engine }),
  Softmax: ({ engine }) => new Softmax({ engine }),
  LogSoftmax: ({ engine }) => new LogSoftmax({ engine }),
  Sequential: ({ config, ...rest }) => new Sequential(makeModules(config.layers, rest)),
};

/**
 * Rebuilds a model from the file that `Sequential.save` wrote, or that another program wrote alike: a safetensors file
 * with tensors `0.weight`, `1.weight_ih_l0` … and the description under `hiddenstate` in its metadata.
 *
 * @param bytes the whole file; not kept
 * @throws {TypeError | RangeError | Error} if the bytes are no such file; no memory stays taken
 *
 * @example
 * ```ts
 * import { GRU, Linear, loadModel, Sequential } from 'hiddenstate';
 *
 * const layers = [new GRU({ inputSize: 4, hiddenSize: 8 }), new Linear({ inFeatures: 8, outFeatures: 2 })];
 * const bytes = new Sequential(layers).save();
 * const model = loadModel(bytes);
 * console.log(model.modules.map(({ type }) => type)); // [ 'GRU', 'Linear' ]
 * ```
 */
export function loadModel(bytes: Uint8Array | ArrayBuffer, options: ModuleOptions = {}): Sequential {
  assertOptions(options, ['engine'], 'loadModel');
  const { tensors, metadata } = readSafetensors(bytes, { int8: true });
  const { [DESCRIPTION]: description, ...rest } = metadata;
  const layers = parseDescription(description);
  const modules = makeModules(layers, { dict: tensors, prefix: '', engine: options.engine });
  try {
    return new Sequential(modules, { metadata: rest });
  } catch (error) {
    for (const module of modules) module.dispose();
    throw error;
  }
}

/** Makes the modules of one Sequential, or none: every tensor under the prefix belongs to one of them. */
function makeModules(layers: unknown, { dict, prefix, engine }: Omit<Recipe, 'config'>): Module[] {
  const who = `loadModel: "${DESCRIPTION}"`;
  if (prefix.split('.').length > DEEPEST)
    throw rangeError(`${who}: got layers within layers, expected at most ${DEEPEST}`);
  if (!Array.isArray(layers) || layers.length === 0 || layers.some((layer) => typeof layer?.type !== 'string')) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: got layers ${describeValue(layers)}, expected an array of { type, … }`,
    );
  }
  const shares = shareOut(dict, prefix, layers.length);
  const modules: Module[] = [];
  try {
    layers.forEach((config: ModuleConfig, i) => {
      modules.push(makeModule({ dict: shares[i], prefix: `${prefix}${i}.`, engine, config }));
    });
    return modules;
  } catch (error) {
    for (const module of modules) module.dispose();
    throw error;
  }
}

/**
 * Gives each layer the tensors whose names begin with its number, in one pass over the file's.
 *
 * @throws {Error} if a tensor belongs to none
 */
function shareOut(dict: StoredStateDict, prefix: string, count: number): StoredStateDict[] {
  const shares = Array.from({ length: count }, (): StoredStateDict => Object.create(null));
  for (const name of Object.keys(dict)) {
    const [index] = name.slice(prefix.length).split('.', 1);
    const share = String(Number(index)) === index ? shares[Number(index)] : undefined;
    if (share === undefined) {
      const expected = `names from "${prefix}0." to "${prefix}${count - 1}."`;
      throw new HiddenstateError(
        'WEIGHTS',
        `loadModel: got unknown tensor ${describeValue(name)}, expected ${expected}`,
      );
    }
    share[name] = dict[name];
  }
  return shares;
}

function makeModule(recipe: Recipe): Module {
  const { config, prefix, dict } = recipe;
  const who = `loadModel: layer ${prefix.slice(0, -1)}`;
  const module = makeUnchecked(recipe, who);
  const names = new Set(storedNames(module.parameters).map((name) => prefix + name));
  const unused = Object.keys(dict).find((name) => !names.has(name));
  const different = Object.keys({ ...module.config, ...config }).find(
    (key) => !sameOption(module.config[key], config[key]),
  );
  if (unused === undefined && different === undefined) return module;
  module.dispose();
  if (unused !== undefined) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who} (${config.type}): got unknown tensor ${describeValue(unused)}, expected none of that name`,
    );
  }
  throw new HiddenstateError(
    'WEIGHTS',
    `${who} (${config.type}): got ${different} ${describeValue(config[different as string])}, ` +
      `expected ${describeValue(module.config[different as string])} as its tensors say`,
  );
}

/**
 * Makes a module of the type that its description names; whether the rest of it is true is not looked at.
 *
 * @throws {Error} if there is no such type, or the tensors are not those of one
 */
export function makeUnchecked(recipe: Recipe, who: string): Module {
  const { type } = recipe.config;
  if (Object.hasOwn(RECURRENT, type)) return makeRecurrent(RECURRENT[type], recipe);
  if (Object.hasOwn(MAKERS, type)) return MAKERS[type](recipe);
  const types = [...Object.keys(RECURRENT), ...Object.keys(MAKERS)];
  throw new HiddenstateError('WEIGHTS', `${who}: got type ${describeValue(type)}, expected one of ${types.join(', ')}`);
}

function makeRecurrent(layer: RecurrentLayer, { dict, config, ...rest }: Recipe): Module {
  return layer.fromStateDict(dict, { ...rest, ...pick(config, 'batchFirst', ...layer.stated) });
}

function vectorSize(dict: StoredStateDict, name: string, who: string): number {
  const dims = dict[name]?.dims;
  if (dims?.length === 1) return dims[0];
  throw new HiddenstateError('WEIGHTS', `loadModel: ${who}: got no vector ${describeValue(name)}, expected one`);
}

/** Nested layers were compared when they were made. */
function sameOption(made: unknown, described: unknown): boolean {
  return made === described || (Array.isArray(made) && Array.isArray(described));
}

function parseDescription(text: string | undefined): unknown {
  const who = `loadModel: "${DESCRIPTION}"`;
  if (text === undefined) {
    throw new HiddenstateError(
      'WEIGHTS',
      `loadModel: got a file without "${DESCRIPTION}" in its metadata, expected one that Sequential.save wrote`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new HiddenstateError('WEIGHTS', `${who}: got ${describeValue(text)}, expected JSON`);
  }
  const { version, layers } = (parsed ?? {}) as { version?: unknown; layers?: unknown };
  if (version !== DESCRIPTION_VERSION) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: got version ${describeValue(version)}, expected ${DESCRIPTION_VERSION}`,
    );
  }
  return layers;
}

function pick<K extends string>(config: ModuleConfig, ...names: K[]): { [name in K]?: never } {
  return Object.fromEntries(names.filter((name) => name in config).map((name) => [name, config[name]])) as {
    [name in K]?: never;
  };
}
