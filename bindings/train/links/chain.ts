import { padToTile } from '../../engine/abi.js';
import { rangeError, typeError } from '../../errors.js';
import { type Embedding, type Linear, type Module, Sequential } from '../../index.js';
import type { Pool } from '../../layers/pool.js';
import type { Recurrent } from '../../layers/recurrent.js';
import type { Dropout, LayerNorm, Scaler } from '../../layers/regular.js';
import type { HiddenState } from '../../layers/state.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import { ACTIVATIONS, ActivationLink, type ActivationType } from './activation-link.js';
import { EmbeddingLink } from './embedding-link.js';
import { LinearLink } from './linear-link.js';
import type { Limits, Link, Rows } from './link.js';
import { PoolLink } from './pool-link.js';
import { RecurrentLink } from './recurrent-link.js';
import { DropoutLink, LayerNormLink, ScalerLink } from './row-links.js';

/** What a chain is made with beside its modules. */
export interface ChainOptions {
  readonly limits: Limits;
  /** i32, rows of each step. */
  readonly counts: Block;
  /** Whether the gradient of the input is wanted. */
  readonly inputGradient: boolean;
  /** Probability of being dropped, between recurrent layers. */
  readonly dropout: number;
}

/** The links of a model, each reading where the one before it writes. */
export interface Chain {
  readonly links: readonly Link[];
  /** Rows of the input; of one column, without values of their own, where it is indices. */
  readonly input: Rows;
  /** Where the indices go, if the model begins with an Embedding. */
  readonly indices: Block | undefined;
}

/**
 * The modules of a model, those within a Sequential in their order.
 *
 * @param who the beginning of error messages
 * @throws {TypeError} if a tape has no link for one of them, one is int8, none has weights, or an Embedding is not the first
 * @throws {RangeError} if recurrent modules differ in `batchFirst`
 */
export function flatten(model: Module, who: string): Module[] {
  const modules = leavesOf(model);
  modules.forEach((module, i) => {
    const known =
      isRecurrent(module) ||
      isPool(module) ||
      isActivation(module) ||
      (OTHERS as readonly string[]).includes(module.type);
    if (!known)
      throw typeError(`${who}: got a ${module.type}, expected only modules of hiddenstate that a tape can take back`);
    if (module.config.weights === 'int8') {
      throw typeError(
        `${who}: module ${i}: got a ${module.type} of int8 weights, expected float32: int8 has no gradient`,
      );
    }
    if (module.type === 'Embedding' && i > 0) {
      throw typeError(`${who}: module ${i}: got an Embedding, expected it only as the first: an index has no gradient`);
    }
  });
  if (modules.every(({ parameters }) => parameters.length === 0)) {
    throw typeError(`${who}: got a model without weights, expected something to train`);
  }
  const pool = modules.findIndex(isPool);
  if (pool >= 0 && modules.slice(pool + 1).some((module) => isPool(module) || isRecurrent(module))) {
    throw typeError(
      `${who}: got a pool or a recurrent layer behind a ${modules[pool].type}, expected none: there is no time left`,
    );
  }
  const layouts = new Set(
    modules.filter((module) => isRecurrent(module) || isPool(module)).map(({ batchFirst }) => batchFirst),
  );
  if (layouts.size > 1) {
    throw rangeError(`${who}: got batchFirst true and false, expected recurrent modules to agree on it`);
  }
  return modules;
}

/** The modules of a model, those within a Sequential in their order, whatever they are. */
export function leavesOf(model: Module): Module[] {
  return model instanceof Sequential ? model.modules.flatMap(leavesOf) : [model];
}

/** Lays the links of a model out in a plan. */
export function makeChain(
  modules: readonly Module[],
  parameters: Parameters,
  plan: MemoryPlan,
  options: ChainOptions,
): Chain {
  const input = inputRows(modules, plan, options);
  const links: Link[] = [];
  let rows = input;
  let first = 0;
  let level = 0;
  for (const [i, module] of modules.entries()) {
    const link = makeLink(module, rows, plan, parameters, first, {
      ...options,
      level,
      index: i,
      last: modules.slice(i + 1).some(isRecurrent),
    });
    links.push(link);
    rows = link.output;
    first += module.parameters.length;
    if (isRecurrent(module)) level += module.numLayers;
  }
  const [head] = links;
  return { links, input, indices: head instanceof EmbeddingLink ? head.indices : undefined };
}

function makeLink(
  module: Module,
  rows: Rows,
  plan: MemoryPlan,
  parameters: Parameters,
  first: number,
  { limits, counts, dropout, level, last, index }: ChainOptions & { level: number; last: boolean; index: number },
): Link {
  if (isRecurrent(module)) {
    const dropped = { threshold: (dropout * 2 ** 32) | 0, scale: 1 / (1 - dropout), level, last };
    return new RecurrentLink(module, rows, plan, parameters, first, limits, counts, dropped);
  }
  if (isPool(module)) return new PoolLink(module, rows, plan, parameters, first, limits);
  if (module.type === 'Dropout') return new DropoutLink(module as Dropout, rows, plan, limits, index);
  if (module.type === 'LayerNorm') return new LayerNormLink(module as LayerNorm, rows, plan, parameters, first, limits);
  if (module.type === 'Scaler') return new ScalerLink(module as Scaler, rows, plan, limits);
  if (module.type === 'Linear') return new LinearLink(module as Linear, rows, plan, parameters, first, limits);
  if (module.type === 'Embedding') return new EmbeddingLink(module as Embedding, plan, parameters, first, limits);
  return new ActivationLink(module.engine, module.type as ActivationType, rows, plan, limits);
}

function inputRows(modules: readonly Module[], plan: MemoryPlan, { limits, inputGradient }: ChainOptions): Rows {
  const width = modules.find(({ inputSize }) => inputSize > 0)?.inputSize ?? 0;
  const stride = padToTile(width);
  const size = modules[0].type === 'Embedding' ? 0 : limits.rows * stride;
  return {
    values: plan.reserve(size),
    gradients: inputGradient ? plan.reserve(size) : undefined,
    width,
    stride,
  };
}

/** By shape: RNN, LSTM and GRU and nothing else have cells. */
export function isRecurrent(module: Module): module is Recurrent<HiddenState> {
  return 'cells' in module;
}

/** By shape: pools and nothing else make one row of many. */
export function isPool(module: Module): module is Pool {
  return 'poolRows' in module;
}

const OTHERS = ['Linear', 'Embedding', 'Dropout', 'LayerNorm', 'Scaler'] as const;

function isActivation({ type }: Module): boolean {
  return (ACTIVATIONS as readonly string[]).includes(type);
}
