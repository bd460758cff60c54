/** Touches every name that hiddenstate exports, as a program in strict TypeScript would; ../consumers.test.ts counts them. */

import {
  argmax,
  type CellOptions,
  createEngine,
  Embedding,
  type EmbeddingOptions,
  type Engine,
  type EngineOptions,
  type ErrorCode,
  type Fault,
  type ForwardOptions,
  type ForwardResult,
  type FromStateDictOptions,
  GRU,
  GRUCell,
  type GRUCellOptions,
  type GRUOptions,
  type HiddenState,
  HiddenstateError,
  type Int8Tensor,
  type KernelSource,
  type KernelSources,
  type LaneOptions,
  Linear,
  type LinearOptions,
  type LoadOptions,
  LogSoftmax,
  LSTM,
  LSTMCell,
  type LSTMOptions,
  type LSTMState,
  loadModel,
  logSoftmax,
  type Module,
  type ModuleConfig,
  type ModuleOptions,
  type ModuleResult,
  manualSeed,
  type Nonlinearity,
  quantize,
  type RecurrentOptions,
  ReLU,
  RNN,
  RNNCell,
  type RNNCellOptions,
  type RNNOptions,
  readSafetensors,
  readSafetensorsHeader,
  ready,
  type SafetensorsDtype,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type SampleOptions,
  Sequential,
  type SequentialOptions,
  type SequentialResult,
  type SequentialState,
  Sigmoid,
  type Simd,
  Softmax,
  type StateDict,
  type StoredStateDict,
  type Stream,
  type Streaming,
  type StreamOptions,
  sample,
  sampler,
  sharedEngine,
  softmax,
  Tanh,
  type Tensor,
  type WeightFormat,
  type WeightOptions,
  writeSafetensors,
} from 'hiddenstate';
import type * as core from 'hiddenstate/core';
import { createDebugEngine } from 'hiddenstate/debug';

const baseline: Simd = 'baseline';
const engineOptions: EngineOptions = { simd: baseline };
const engine: Engine = createEngine(engineOptions);
const shared: Engine = await ready();
const atOnce: Engine = sharedEngine();
const places: readonly Engine[] = [engine, shared, atOnce, createDebugEngine()];
const fromModule = (module: WebAssembly.Module): KernelSource => module;
const fromModules = (core: KernelSource, graph: KernelSource): KernelSources => ({ core, graph });
const kinds: readonly `HIDDENSTATE_${Fault}`[] = ['HIDDENSTATE_TYPE'] satisfies ErrorCode[];
const isOurs = (error: unknown): error is HiddenstateError => error instanceof HiddenstateError;

const size = { inputSize: 3, hiddenSize: 5, seed: 1, engine } satisfies RecurrentOptions & CellOptions & ModuleOptions;
const relu: Nonlinearity = 'relu';
const lstmOptions: LSTMOptions = { ...size, numLayers: 2, projSize: 2, bias: false };
const gruOptions: GRUOptions = { ...size, resetAfter: false, bidirectional: true };
const rnnOptions: RNNOptions = { ...size, nonlinearity: relu, batchFirst: true };
const lstm = new LSTM(lstmOptions);
const gru = new GRU(gruOptions);
const rnn = new RNN(rnnOptions);

const x: Tensor = { data: new Float32Array(4 * 2 * 3), dims: [4, 2, 3] };
const first: ForwardResult<LSTMState> = lstm.forward(x);
const again: ForwardOptions<LSTMState> = { state: first.state, lengths: [4, 3] };
const last: LSTMState = lstm.forward(x, again).state;
const hidden: HiddenState = gru.forward(x).state;
const dims: readonly number[] = [last.c.dims, hidden.h.dims, rnn.forward(x).output.dims].flat();

const streamOptions: StreamOptions<LSTMState> = { batch: 2, state: last };
const stream: Stream<LSTMState> = lstm.stream(streamOptions);
const oneLane: LaneOptions = { lanes: [1] };
const advancing: Streaming<LSTMState> = stream;
advancing.step(new Float32Array(advancing.inputSize), undefined, oneLane);
const out: Float32Array = stream.step(new Float32Array(6), new Float32Array(4));
stream.reset();
stream.reset(stream.state);
stream.reset(stream.stateOf(1), { lane: 0 });
stream.copyLane(0, stream, 1);
stream.dispose();

const rnnCellOptions: RNNCellOptions = { ...size, nonlinearity: relu };
const gruCellOptions: GRUCellOptions = { ...size, resetAfter: true };
const row: Tensor = { data: new Float32Array(3), dims: [3] };
const cellStates: HiddenState[] = [new RNNCell(rnnCellOptions).forward(row), new GRUCell(gruCellOptions).forward(row)];
const cellState: LSTMState = new LSTMCell(size).forward(row, new LSTMCell(size).forward(row));

const embeddingOptions: EmbeddingOptions = { numEmbeddings: 7, embeddingDim: 3, engine };
const linearOptions: LinearOptions = { inFeatures: 2, outFeatures: 7, engine };
const activations: Module[] = [Tanh, Sigmoid, ReLU, Softmax, LogSoftmax].map((Kind) => new Kind({ engine }));
const metadata: SequentialOptions = { metadata: { licence: 'MIT' } };
const model = new Sequential([new Embedding(embeddingOptions), lstm, new Linear(linearOptions)], metadata);
const config: ModuleConfig = model.config;
const indices: Tensor = { data: Float32Array.of(1, 2, 3), dims: [3] };
const result: SequentialResult = model.forward(indices);
const states: SequentialState = result.state;
const reloaded: ModuleResult = loadModel(model.save(), { engine }).forward(indices, { state: states });

const dict: StateDict = gru.stateDict();
const prefix: LoadOptions = { prefix: '' };
const from: FromStateDictOptions = { ...prefix, batchFirst: true, engine };
gru.loadStateDict(dict, prefix);
const copies = [GRU.fromStateDict(dict, { ...from, resetAfter: false }), RNN.fromStateDict(rnn.stateDict(), from)];

const format: WeightFormat = 'int8';
const weightOptions: WeightOptions = { ...prefix, weights: format, engine };
const small: Linear = quantize(Linear.fromStateDict(new Linear(linearOptions).stateDict(), weightOptions));
const stored: StoredStateDict = readSafetensors(writeSafetensors(small.storedStateDict()), { int8: true }).tensors;
const { weight: matrix } = stored as { weight: Int8Tensor };
copies.push(GRU.fromStateDict(dict, { ...from, weights: format, resetAfter: false }));

const bytes: Uint8Array = writeSafetensors(dict, { note: 'weights' });
const header: SafetensorsHeader = readSafetensorsHeader(bytes);
const dtypes: SafetensorsDtype[] = header.tensors.map((entry: SafetensorsEntry) => entry.dtype);
const { tensors }: { tensors: StateDict } = readSafetensors(bytes);

const draw: SampleOptions = { temperature: 0.5, topK: 2, seed: 1 };
manualSeed(7);
const probabilities: number[] = [argmax(out), sample(out, draw), sampler(draw)(out)];
const rows: Tensor[] = [softmax(result.output), logSoftmax(reloaded.output)];

const sameClass: typeof core.LSTM = LSTM;
const used = [
  places,
  fromModule,
  fromModules,
  kinds,
  isOurs,
  dims,
  cellStates,
  cellState,
  activations,
  config,
  copies,
  dtypes,
  tensors,
  matrix,
];
const shown = [used.length, probabilities.length, rows.length, sameClass === LSTM];
console.log(JSON.stringify(shown));
for (const module of [model, gru, rnn, ...activations]) module.dispose();
