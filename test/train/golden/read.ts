/** Reads the vectors of this folder, and draws anew what they leave out; see generate.py. */
import { readFileSync } from 'node:fs';
import { readSafetensors, type StateDict, type Tensor } from '../../../bindings/core.js';
import { mulberry32, randomArray } from '../../support/random.js';

/** A recurrent layer and one call of it. `batch` is null and `lead` one number for an unbatched input. */
export interface LayerCase {
  readonly name: string;
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly options: {
    inputSize: number;
    hiddenSize: number;
    numLayers: number;
    bias: boolean;
    batchFirst: boolean;
    bidirectional: boolean;
    projSize?: number;
    nonlinearity?: 'tanh' | 'relu';
    resetAfter?: boolean;
  };
  readonly seed: number;
  /** Dims of the input without its features. */
  readonly lead: number[];
  readonly batch: number | null;
  readonly steps: number;
  readonly lengths: number[] | null;
  /** Whether an initial state is given. */
  readonly state: boolean;
}

/** A layer read in windows, the state handed on from one to the next. */
export interface TruncatedCase {
  readonly name: string;
  readonly kind: LayerCase['kind'];
  readonly options: LayerCase['options'];
  readonly seed: number;
  readonly windows: number[];
  readonly batch: number;
  /** Of each window. */
  readonly lengths: number[][];
}

/** Modules one after the other; each its kind and its options. */
export interface ChainCase {
  readonly name: string;
  readonly modules: ({ kind: string } & Record<string, unknown>)[];
  readonly seed: number;
  readonly lead: number[];
}

/** Fifty steps of training a recurrent layer with a linear head on a rule. */
export interface RunCase {
  readonly name: string;
  readonly kind: 'LSTM' | 'GRU';
  readonly optimizer: 'SGD' | 'Adam' | 'AdamW';
  readonly options: Record<string, never>;
  readonly clip?: number;
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
  readonly hidden: number;
  readonly classes: number;
}

/** A run of `fit`: what it trains, on which batches, with what. */
export interface FitCase {
  readonly name: string;
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly layer: { readonly hiddenSize: number };
  readonly loss: 'mse' | 'huber' | 'gaussianNLL' | 'crossEntropy';
  readonly clipNorm: number;
  readonly clipValue?: number;
  readonly batches: { readonly kind: 'windows' | 'lanes' };
  readonly optimizer: 'SGD' | 'Adam' | 'AdamW';
  readonly options: Record<string, never>;
  readonly schedule: {
    readonly name: 'cosineAnnealingLR' | 'stepLR' | 'oneCycleLR' | 'reduceLROnPlateau';
    readonly options: object;
  };
  readonly seed: number;
  readonly rows: number;
  readonly features: number;
  readonly tokens: number;
  readonly epochs: number;
  readonly validationFraction: number;
}

const file = (name: string) => new URL(name, import.meta.url);

function read<Cases>(names: string, values: string): [Cases, StateDict] {
  return [JSON.parse(readFileSync(file(names), 'utf8')), readSafetensors(readFileSync(file(values))).tensors];
}

const [cases, expected] = read<{
  layers: LayerCase[];
  chains: ChainCase[];
  runs: RunCase[];
  fits: FitCase[];
  truncated: TruncatedCase[];
}>('cases.json', 'expected.safetensors');
const [{ grid }, digests] = read<{ grid: LayerCase[] }>('grid.json', 'grid.safetensors');

/** All cases. */
export const CASES = { ...cases, grid };

const EXPECTED: Record<string, StateDict> = {};
for (const [key, tensor] of [...Object.entries(expected), ...Object.entries(digests)]) {
  const at = key.indexOf('/');
  const name = key.slice(0, at);
  EXPECTED[name] ??= {};
  EXPECTED[name][key.slice(at + 1)] = tensor;
}

/** What is expected of a case, by name. */
export function expectedOf({ name }: { readonly name: string }): StateDict {
  return EXPECTED[name];
}

/** Draws tensors in the order in which draw.py does. */
export function drawer(seed: number): {
  random: () => number;
  tensor(dims: readonly number[], bound?: number): Tensor;
} {
  const random = mulberry32(seed);
  return {
    random,
    tensor: (dims, bound) => {
      const size = dims.reduce((product, dim) => product * dim, 1);
      return { data: randomArray(size, random, bound), dims: [...dims] };
    },
  };
}
