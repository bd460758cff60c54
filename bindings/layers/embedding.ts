import { padToLanes } from '../engine/abi.js';
import { rangeError, typeError } from '../errors.js';
import { drawSeed } from '../manual-seed.js';
import { assertOptions, assertSeed, assertSize } from '../options.js';
import { normalOf, seededRandom } from '../random.js';
import { assertTensor, describeValue, type StoredStateDict, type Tensor } from '../tensor.js';
import { type Access, int8Access } from '../weights/matrix-access.js';
import { copyRows } from '../weights/packing.js';
import { assertWeightFormat, formatOption, type WeightFormat } from '../weights/quantized.js';
import { formatOf, matchStored, namesUnder, type Parameter } from '../weights/state-dict.js';
import { matrixDims } from './infer-options.js';
import {
  type ForwardOptions,
  loaded,
  type ModuleConfig,
  type ModuleOptions,
  type ModuleResult,
  type WeightOptions,
} from './module.js';
import { openStream } from './open-stream.js';
import { RowModule, refuseState } from './row-module.js';
import type { Stream, StreamOptions } from './stream.js';

/** Options of `Embedding`, as of torch.nn.Embedding. */
export interface EmbeddingOptions extends ModuleOptions {
  /** Rows of the table: indices run from 0 to numEmbeddings − 1. At most 2^24: a float32 holds no larger index exactly. */
  numEmbeddings: number;
  /** Features of a row. */
  embeddingDim: number;
  /** How the table is kept: int8 takes a quarter of the memory, and rounds each row to 255 values. Default float32. */
  weights?: WeightFormat;
  /** Seed of the initial weights, standard normal; a fresh one unless given. `null` leaves them zero. */
  seed?: number | null;
}

/**
 * A table of vectors, looked up by index, as torch.nn.Embedding.
 *
 * @example
 * ```ts
 * import { Embedding } from 'hiddenstate';
 *
 * const embedding = new Embedding({ numEmbeddings: 100, embeddingDim: 16 });
 * const { dims } = embedding.forward([3, 1, 4]);
 * console.log(dims); // [ 3, 16 ]
 * ```
 */
export class Embedding extends RowModule {
  /** Rows of the table. */
  readonly numEmbeddings: number;
  /** Features of a row. */
  readonly embeddingDim: number;
  /** How the table is kept. */
  readonly weights: WeightFormat;
  /** An index is one number. */
  readonly inputSize = 1;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[];
  /** @internal An index may not be in the table. */
  override readonly refuses = true;
  /** @internal Address of the rows: floats padded to whole vectors, or tight int8 after a scale for each. */
  readonly table: number;
  private bytes: Int8Array | undefined;

  /** @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the table */
  constructor(options: EmbeddingOptions) {
    assertOptions(options, ['numEmbeddings', 'embeddingDim', 'weights', 'seed', 'engine'], 'Embedding');
    const { numEmbeddings, embeddingDim, weights = 'float32', seed = drawSeed() } = options;
    assertSize(numEmbeddings, 'Embedding: numEmbeddings', 1, 2 ** 24);
    assertSize(embeddingDim, 'Embedding: embeddingDim');
    assertWeightFormat(weights, 'Embedding: weights');
    assertSeed(seed, 'Embedding: seed');
    super(options, 'Embedding');
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.weights = weights;
    this.config = { type: 'Embedding', numEmbeddings, embeddingDim, ...formatOption(weights) };
    const int8 = weights === 'int8';
    const size = int8
      ? numEmbeddings + Math.ceil((numEmbeddings * embeddingDim) / 4)
      : numEmbeddings * padToLanes(embeddingDim);
    this.table = this.slabs.allocate(size);
    const access = int8 ? this.int8Table() : this.floatTable();
    const weight: Parameter = { name: 'weight', dims: [numEmbeddings, embeddingDim], ...access };
    this.parameters = this.guarded([weight]);
    const length = numEmbeddings * embeddingDim;
    if (seed !== null) weight.write(Float32Array.from({ length }, normalOf(seededRandom(seed))));
  }

  get outputSize(): number {
    return this.embeddingDim;
  }

  /**
   * Looks up vectors.
   *
   * @param indices integers from 0 to numEmbeddings − 1: a flat array, or a tensor of any dims
   * @returns the dims of the indices (their count, for a flat array), then embeddingDim; a tensor of its own
   * @throws {TypeError} if indices is neither an array nor a tensor
   * @throws {RangeError} if an index is not in the table
   * @throws {Error} after `dispose()`
   */
  forward(indices: ArrayLike<number> | Tensor): Tensor {
    this.assertAlive('forward');
    const { values, dims } = readIndices(indices);
    for (let i = 0; i < values.length; i++) this.assertIndex(values[i]);
    const { data } = this.mapTensor({ data: Float32Array.from(values), dims: [values.length, 1] });
    return { data, dims: [...dims, this.embeddingDim] };
  }

  /**
   * Opens a stream: one index of each of `batch` a call.
   *
   * @throws {TypeError | RangeError} if an option does not fit
   * @throws {Error} after `dispose()`
   */
  stream(options: StreamOptions<undefined> = {}): Stream<undefined> {
    return openStream(this, options);
  }

  /**
   * Makes a layer from PyTorch's `weight`.
   *
   * @throws {TypeError | RangeError | Error} if it is not one matrix; no memory stays taken
   */
  static fromStateDict(dict: StoredStateDict, options: WeightOptions = {}): Embedding {
    const who = 'Embedding.fromStateDict';
    assertOptions(options, ['prefix', 'weights', 'engine'], who);
    const { prefix = '', engine } = options;
    const names = namesUnder(dict, prefix, who);
    const dims = matrixDims(dict, `${prefix}weight`, who);
    matchStored([{ name: 'weight', dims }], dict, who, { prefix });
    const [numEmbeddings, embeddingDim] = dims;
    const weights = options.weights ?? formatOf(dict, names);
    return loaded(new Embedding({ numEmbeddings, embeddingDim, weights, engine, seed: null }), dict, { prefix });
  }

  /** @internal */
  override run(input: Tensor, options: ForwardOptions<unknown> = {}): ModuleResult {
    refuseState(options.state, 'Embedding.forward');
    return { output: this.forward(input) };
  }

  /** @internal */
  override mapRows(x: number, out: number, rows: number): void {
    const { f32 } = this.engine;
    const stride = padToLanes(this.embeddingDim);
    const xStride = padToLanes(this.inputSize);
    for (let r = 0; r < rows; r++) {
      const index = f32[x / 4 + r * xStride];
      this.assertIndex(index);
      // As an integer: a fractional number would be put on the heap for each call that it is passed to.
      this.copyRow(index | 0, out / 4 + r * stride);
    }
  }

  /** Puts a row of the table, and the zeros that pad it, at `to`. */
  private copyRow(index: number, to: number): void {
    const { engine, table, numEmbeddings, embeddingDim } = this;
    const { f32 } = engine;
    const stride = padToLanes(embeddingDim);
    if (this.weights === 'float32') {
      const from = table / 4 + index * stride;
      f32.copyWithin(to, from, from + stride);
      return;
    }
    const scale = f32[table / 4 + index];
    const from = table + numEmbeddings * 4 + index * embeddingDim;
    const bytes = this.viewBytes();
    for (let i = 0; i < embeddingDim; i++) f32[to + i] = bytes[from + i] * scale;
    f32.fill(0, to + embeddingDim, to + stride);
  }

  /** Wasm memory as int8, made once for as long as memory does not grow. */
  private viewBytes(): Int8Array {
    const { buffer } = this.engine.f32;
    if (this.bytes?.buffer !== buffer) this.bytes = new Int8Array(buffer);
    return this.bytes;
  }

  private floatTable(): Access {
    const { engine, table, numEmbeddings, embeddingDim } = this;
    const stride = padToLanes(embeddingDim);
    return {
      read: () => {
        const data = new Float32Array(numEmbeddings * embeddingDim);
        copyRows(data, 0, embeddingDim, engine.f32, table / 4, stride, numEmbeddings, embeddingDim);
        return data;
      },
      write: (data) => copyRows(engine.f32, table / 4, stride, data, 0, embeddingDim, numEmbeddings, embeddingDim),
    };
  }

  private int8Table(): Access {
    const { engine, table, numEmbeddings, embeddingDim } = this;
    const first = table + numEmbeddings * 4;
    return int8Access(embeddingDim, {
      read: () => ({
        q: this.viewBytes().slice(first, first + numEmbeddings * embeddingDim),
        scales: engine.f32.slice(table / 4, table / 4 + numEmbeddings),
      }),
      write: ({ q, scales }) => {
        this.viewBytes().set(q, first);
        engine.f32.set(scales, table / 4);
      },
    });
  }

  private assertIndex(index: unknown): void {
    if (Number.isInteger(index) && (index as number) >= 0 && (index as number) < this.numEmbeddings) return;
    const error = typeof index === 'number' ? rangeError : typeError;
    throw error(
      `Embedding: index: got ${describeValue(index)}, expected an integer from 0 to ${this.numEmbeddings - 1}`,
    );
  }
}

function readIndices(indices: ArrayLike<number> | Tensor): { values: ArrayLike<number>; dims: readonly number[] } {
  if (Array.isArray(indices) || ArrayBuffer.isView(indices)) {
    const values = indices as ArrayLike<number>;
    return { values, dims: [values.length] };
  }
  if (typeof indices !== 'object' || indices === null) {
    throw typeError(
      `Embedding.forward: indices: got ${describeValue(indices)}, expected an array of indices or a tensor of them`,
    );
  }
  assertTensor(indices, 'Embedding.forward: indices');
  return { values: indices.data, dims: indices.dims };
}
