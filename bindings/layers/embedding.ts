import { padToLanes } from '../engine/abi.js';
import { assertOptions, assertSeed, assertSize } from '../options.js';
import { type Random, seededRandom } from '../random.js';
import { assertTensor, describeValue, type StateDict, type Tensor } from '../tensor.js';
import { copyRows } from '../weights/packing.js';
import { type LoadOptions, matchStateDict, namesUnder, type Parameter } from '../weights/state-dict.js';
import { matrixDims } from './infer-options.js';
import { type ForwardOptions, loaded, type ModuleConfig, type ModuleOptions, type ModuleResult } from './module.js';
import { RowModule, refuseState } from './row-module.js';
import { openStream, type Stream, type StreamOptions } from './stream.js';

/** Options of `Embedding`, as of torch.nn.Embedding. */
export interface EmbeddingOptions extends ModuleOptions {
  /** Rows of the table: indices run from 0 to numEmbeddings − 1. At most 2^24: a float32 holds no larger index exactly. */
  numEmbeddings: number;
  /** Features of a row. */
  embeddingDim: number;
  /** Seed of the initial weights, standard normal; a fresh one unless given. `null` leaves them zero. */
  seed?: number | null;
}

/** A table of vectors, looked up by index, as torch.nn.Embedding. */
export class Embedding extends RowModule {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /** An index is one number. */
  readonly inputSize = 1;
  override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[];
  /** @internal Address of the table, rows padded to whole vectors. */
  readonly table: number;

  /** @throws {TypeError | RangeError} if an option has the wrong kind or size, or memory cannot hold the table */
  constructor(options: EmbeddingOptions) {
    assertOptions(options, ['numEmbeddings', 'embeddingDim', 'seed', 'engine'], 'Embedding');
    const { numEmbeddings, embeddingDim, seed = Math.random() * 2 ** 32 } = options;
    assertSize(numEmbeddings, 'Embedding: numEmbeddings', 1, 2 ** 24);
    assertSize(embeddingDim, 'Embedding: embeddingDim');
    assertSeed(seed, 'Embedding: seed');
    super(options, 'Embedding');
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.config = { type: 'Embedding', numEmbeddings, embeddingDim };
    const stride = padToLanes(embeddingDim);
    const table = this.slabs.allocate(numEmbeddings * stride);
    this.table = table;
    const { engine } = this;
    const weight: Parameter = {
      name: 'weight',
      dims: [numEmbeddings, embeddingDim],
      read: () => {
        const data = new Float32Array(numEmbeddings * embeddingDim);
        copyRows(data, 0, embeddingDim, engine.f32, table / 4, stride, numEmbeddings, embeddingDim);
        return data;
      },
      write: (data) => copyRows(engine.f32, table / 4, stride, data, 0, embeddingDim, numEmbeddings, embeddingDim),
    };
    this.parameters = [weight];
    if (seed !== null) weight.write(normal(numEmbeddings * embeddingDim, seededRandom(seed)));
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

  /** Opens a stream: one index of each of `batch` a call. */
  stream(options: StreamOptions<undefined> = {}): Stream<undefined> {
    return openStream(this, options);
  }

  /**
   * Makes a layer from PyTorch's `weight`.
   *
   * @throws {TypeError | RangeError | Error} if it is not one matrix; no memory stays taken
   */
  static fromStateDict(dict: StateDict, options: LoadOptions & ModuleOptions = {}): Embedding {
    const who = 'Embedding.fromStateDict';
    assertOptions(options, ['prefix', 'engine'], who);
    const { prefix = '', engine } = options;
    namesUnder(dict, prefix, who);
    const dims = matrixDims(dict, `${prefix}weight`, who);
    matchStateDict([{ name: 'weight', dims }], dict, who, { prefix });
    const [numEmbeddings, embeddingDim] = dims;
    return loaded(new Embedding({ numEmbeddings, embeddingDim, engine, seed: null }), dict, { prefix });
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
      const from = this.table / 4 + index * stride;
      f32.copyWithin(out / 4 + r * stride, from, from + stride);
    }
  }

  private assertIndex(index: unknown): void {
    if (Number.isInteger(index) && (index as number) >= 0 && (index as number) < this.numEmbeddings) return;
    const Kind = typeof index === 'number' ? RangeError : TypeError;
    throw new Kind(
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
    throw new TypeError(
      `Embedding.forward: indices: got ${describeValue(indices)}, expected an array of indices or a tensor of them`,
    );
  }
  assertTensor(indices, 'Embedding.forward: indices');
  return { values: indices.data, dims: indices.dims };
}

/** Standard normal numbers (Box & Muller 1958). */
function normal(count: number, random: Random): Float32Array {
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    data[i] = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }
  return data;
}
