import type { disposeSymbol } from '../../dispose-symbol.js';
import type { FeedTensor, GraphTensor, ValueInfo } from '../../graph/index.js';
import type { Engine } from '../../index.js';
import type { Streaming } from '../../streaming.js';

/** A model of any format, with one face. Owns wasm memory to `dispose()`. */
export interface Model {
  /** What it takes: names, types, and dims as far as the file declares them. */
  readonly inputs: readonly ValueInfo[];
  /** What it gives. */
  readonly outputs: readonly ValueInfo[];
  /**
   * Computes the outputs.
   *
   * @param feeds a tensor for every input, by its name; they stay the caller's
   * @returns tensors of their own, by the names of the outputs
   */
  run(feeds: Readonly<Record<string, FeedTensor>>): Record<string, GraphTensor>;
  /**
   * Opens a stream: one step a call, states kept in wasm memory between calls. Of an ONNX graph those are the states that it
   * takes and gives; a graph without any begins anew at each step, which is right for a model of windows and wrong for one that
   * was exported for whole sequences: that one wants `run`. An empty `state` of the stream tells.
   *
   * @param options those of the model's own `stream`: of a layer, a Keras model, or a graph
   */
  stream(options?: Readonly<Record<string, unknown>>): Streaming<unknown>;
  /** Gives the memory back. */
  dispose(): void;
  /** `dispose()`, for `using`. */
  [disposeSymbol](): void;
}

/** Options of `openModel`. */
export interface OpenModelOptions {
  /** Where it runs; the shared engine unless given. */
  engine?: Engine;
  /** Of a file of weights: the layers to make, in order, by what their tensors' names begin with: `['rec', 'head']`. */
  layers?: readonly string[];
  /** Bytes that reading the file, and a run of a graph, may take; what the format's own reader takes unless given. */
  maxBytes?: number;
  /** Where a file that is given as bytes lies, so that files beside it are found: shards, external data. */
  place?: string | URL;
}

/** A file, recognised and not read. */
export interface Source {
  readonly format: string;
  readonly bytes: Uint8Array;
  /** Where the file is, if anybody said so. */
  readonly place: string | URL | undefined;
  readonly options: OpenModelOptions;
}
