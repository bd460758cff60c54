/**
 * Reads the golden vectors of this folder. Independent of the library on purpose: the few lines of safetensors below
 * must not share a fault with the reader under test.
 */
import { readFileSync } from 'node:fs';

export interface GoldenTensor {
  readonly data: Float32Array;
  readonly dims: number[];
}

export interface RecurrentOptions {
  inputSize: number;
  hiddenSize: number;
  numLayers: number;
  bias: boolean;
  batchFirst: boolean;
  bidirectional: boolean;
}

export interface CellOptions {
  inputSize: number;
  hiddenSize: number;
  bias: boolean;
}

export interface Nonlinearity {
  nonlinearity: 'tanh' | 'relu';
}

export interface Reset {
  resetAfter: boolean;
}

export interface LinearOptions {
  inFeatures: number;
  outFeatures: number;
  bias: boolean;
}

export interface EmbeddingOptions {
  numEmbeddings: number;
  embeddingDim: number;
  paddingIdx?: number;
}

/** State dict keys: embedding.weight, lstm.weight_ih_l0 …, linear.weight, linear.bias. */
export interface CharModelOptions {
  numEmbeddings: number;
  embeddingDim: number;
  hiddenSize: number;
  numLayers: number;
  batchFirst: boolean;
}

export interface H {
  h: GoldenTensor;
}

export interface HC extends H {
  c: GoldenTensor;
}

export interface Output {
  output: GoldenTensor;
}

/** ONNX's LSTM tests carry no final cell state. */
export interface LSTMExpected extends Output, H {
  c?: GoldenTensor;
}

/**
 * One case. README.md beside this file tells what `source`, `values`, `padding` and the two measures mean.
 * `input` of an Embedding or CharModel holds token numbers.
 */
interface Case<Kind extends string, Options, State, Expected> {
  readonly name: string;
  readonly kind: Kind;
  readonly source: 'pytorch-float64' | 'pytorch-float32' | 'reference-float64' | 'onnx-backend';
  readonly values: string;
  readonly options: Options;
  readonly stateDict: Record<string, GoldenTensor>;
  readonly input: GoldenTensor;
  readonly state?: State;
  readonly lengths?: number[];
  readonly padding?: 'ordinary' | 'huge' | 'nan';
  readonly expected: Expected;
  /** Largest distance of plain float32 arithmetic from `expected`, relative to max(1, the tensor's largest magnitude). */
  readonly float32Error: number;
  /** How far the truth moves, measured likewise, if weights, input and state move by half a float32 ulp. */
  readonly sensitivity: number;
}

export type RNNGolden = Case<'RNN', RecurrentOptions & Nonlinearity, H, Output & H>;
export type LSTMGolden = Case<'LSTM', RecurrentOptions & { projSize: number }, HC, LSTMExpected>;
export type GRUGolden = Case<'GRU', RecurrentOptions & Reset, H, Output & H>;
export type CellGolden =
  | Case<'RNNCell', CellOptions & Nonlinearity, H, H>
  | Case<'LSTMCell', CellOptions, HC, HC>
  | Case<'GRUCell', CellOptions & Reset, H, H>;
export type ModuleGolden =
  | Case<'Linear', LinearOptions, undefined, Output>
  | Case<'Embedding', EmbeddingOptions, undefined, Output>
  | Case<'CharModel', CharModelOptions, HC, Output & HC>
  | Case<'softmax' | 'logSoftmax' | 'sigmoid' | 'tanh' | 'relu', Record<string, never>, undefined, Output>;

export interface Families {
  rnn: RNNGolden;
  lstm: LSTMGolden;
  gru: GRUGolden;
  cells: CellGolden;
  modules: ModuleGolden;
}

interface Entry {
  name: string;
  family: keyof Families;
  inputDims: number[];
  tensors: { stateDict: string[]; state: string[]; expected: string[] };
}

interface Cases {
  seed: number;
  versions: Record<string, string>;
  cases: Entry[];
}

const folder = new URL('./', import.meta.url);

function readTensors(family: string): Record<string, GoldenTensor> {
  const file = readFileSync(new URL(`${family}.safetensors`, folder));
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const headerSize = Number(new DataView(bytes).getBigUint64(0, true));
  const header: Record<string, { shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(new Uint8Array(bytes, 8, headerSize)),
  );
  const tensors: Record<string, GoldenTensor> = {};
  for (const [name, { shape, data_offsets }] of Object.entries(header)) {
    const [begin, end] = data_offsets;
    const data = new Float32Array(bytes.slice(8 + headerSize + begin, 8 + headerSize + end));
    tensors[name] = { data, dims: shape };
  }
  return tensors;
}

function pick(tensors: Record<string, GoldenTensor>, prefix: string, names: string[]): Record<string, GoldenTensor> {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = tensors[prefix + name];
      if (tensor === undefined) throw new Error(`golden: no tensor ${prefix}${name}`);
      return [name, tensor];
    }),
  );
}

/** Seed, versions and the raw list of cases. */
export function readCases(): Cases {
  return JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8'));
}

/** Every case of a family, in the order of cases.json. Each call reads afresh: a test may change what it got. */
export function loadGoldens<F extends keyof Families>(family: F): Families[F][] {
  const tensors = readTensors(family);
  const entries = readCases().cases.filter((entry) => entry.family === family);
  return entries.map(({ family: _family, inputDims: _inputDims, tensors: names, ...entry }) => ({
    ...entry,
    stateDict: pick(tensors, `${entry.name}/`, names.stateDict),
    ...pick(tensors, `${entry.name}/`, ['input']),
    ...(names.state.length > 0 ? { state: pick(tensors, `${entry.name}/state.`, names.state) } : {}),
    expected: pick(tensors, `${entry.name}/expected.`, names.expected),
    // cases.json is written beside the tensors by one generator: what it says about a kind is what the types say
  })) as unknown as Families[F][];
}
