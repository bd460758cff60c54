import { describeValue, type StateDict } from '../tensor.js';
import { readSafetensors } from '../weights/safetensors.js';
import { namesUnder } from '../weights/state-dict.js';
import { LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from './activation.js';
import { Embedding } from './embedding.js';
import { GRU } from './gru.js';
import { Linear } from './linear.js';
import { LSTM } from './lstm.js';
import type { Module, ModuleConfig, ModuleOptions } from './module.js';
import { RNN } from './rnn.js';
import { DESCRIPTION, DESCRIPTION_VERSION, Sequential } from './sequential.js';

/** Where a module's weights are, and what a description says that names and shapes cannot. */
interface Recipe {
  readonly dict: StateDict;
  readonly prefix: string;
  readonly engine: ModuleOptions['engine'];
  readonly config: ModuleConfig;
}

/**
 * How to make each type of module. Sizes come from the tensors, never from the description, so memory is taken only for
 * weights that are really in the file; the description is compared afterwards.
 */
const MAKERS: Readonly<Record<string, (recipe: Recipe) => Module>> = {
  LSTM: ({ dict, config, ...rest }) => LSTM.fromStateDict(dict, { ...rest, ...pick(config, 'batchFirst') }),
  GRU: ({ dict, config, ...rest }) => GRU.fromStateDict(dict, { ...rest, ...pick(config, 'batchFirst', 'resetAfter') }),
  RNN: ({ dict, config, ...rest }) =>
    RNN.fromStateDict(dict, { ...rest, ...pick(config, 'batchFirst', 'nonlinearity') }),
  Linear: ({ dict, prefix, engine }) => Linear.fromStateDict(dict, { prefix, engine }),
  Embedding: ({ dict, prefix, engine }) => Embedding.fromStateDict(dict, { prefix, engine }),
  Tanh: ({ engine }) => new Tanh({ engine }),
  Sigmoid: ({ engine }) => new Sigmoid({ engine }),
  ReLU: ({ engine }) => new ReLU({ engine }),
  Softmax: ({ engine }) => new Softmax({ engine }),
  LogSoftmax: ({ engine }) => new LogSoftmax({ engine }),
};

/**
 * Rebuilds a model from the file that `Sequential.save` wrote, or that another program wrote alike: a safetensors file
 * with tensors `0.weight`, `1.weight_ih_l0` … and the description under `hiddenstate` in its metadata.
 *
 * @param bytes the whole file; not kept
 * @throws {TypeError | RangeError | Error} if the bytes are no such file; no memory stays taken
 */
export function loadModel(bytes: Uint8Array | ArrayBuffer, { engine }: ModuleOptions = {}): Sequential {
  const { tensors, metadata } = readSafetensors(bytes);
  const { [DESCRIPTION]: description, ...rest } = metadata;
  const configs = parseDescription(description);
  const unused = Object.keys(tensors).find((name) => !configs[Number(/^(\d{1,9})\./.exec(name)?.[1] ?? -1)]);
  if (unused !== undefined) {
    throw new Error(
      `loadModel: got tensor ${describeValue(unused)}, expected only names from "0." to "${configs.length - 1}."`,
    );
  }
  const modules: Module[] = [];
  try {
    configs.forEach((config, i) => {
      modules.push(makeModule(config, i, tensors, engine));
    });
    return new Sequential(modules, { metadata: rest });
  } catch (error) {
    for (const module of modules) module.dispose();
    throw error;
  }
}

function makeModule(config: ModuleConfig, i: number, dict: StateDict, engine: ModuleOptions['engine']): Module {
  const who = `loadModel: layer ${i}`;
  if (!Object.hasOwn(MAKERS, config.type)) {
    throw new Error(
      `${who}: got type ${describeValue(config.type)}, expected one of ${Object.keys(MAKERS).join(', ')}`,
    );
  }
  const prefix = `${i}.`;
  const module = MAKERS[config.type]({ dict, prefix, engine, config });
  const names = new Set(module.parameters.map(({ name }) => prefix + name));
  const unused = namesUnder(dict, prefix, who).find((name) => !names.has(name));
  const different = Object.keys({ ...module.config, ...config }).find((key) => module.config[key] !== config[key]);
  if (unused === undefined && different === undefined) return module;
  module.dispose();
  if (unused !== undefined) throw new Error(`${who} (${config.type}): got unknown tensor ${describeValue(unused)}`);
  throw new Error(
    `${who} (${config.type}): got ${different} ${describeValue(config[different as string])}, ` +
      `expected ${describeValue(module.config[different as string])} as its tensors say`,
  );
}

function parseDescription(text: string | undefined): ModuleConfig[] {
  if (text === undefined) {
    throw new Error(
      `loadModel: got a file without "${DESCRIPTION}" in its metadata, expected one that Sequential.save wrote`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error(`loadModel: "${DESCRIPTION}": got ${describeValue(text)}, expected JSON`);
  }
  const { version, layers } = (parsed ?? {}) as { version?: unknown; layers?: unknown };
  if (version !== DESCRIPTION_VERSION) {
    throw new Error(
      `loadModel: "${DESCRIPTION}": got version ${describeValue(version)}, expected ${DESCRIPTION_VERSION}`,
    );
  }
  if (!Array.isArray(layers) || layers.length === 0 || layers.some((layer) => typeof layer?.type !== 'string')) {
    throw new Error(
      `loadModel: "${DESCRIPTION}": got layers ${describeValue(layers)}, expected an array of { type, … }`,
    );
  }
  return layers;
}

function pick<K extends string>(config: ModuleConfig, ...names: K[]): { [name in K]?: never } {
  return Object.fromEntries(names.filter((name) => name in config).map((name) => [name, config[name]])) as {
    [name in K]?: never;
  };
}
