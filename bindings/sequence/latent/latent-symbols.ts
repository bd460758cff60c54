import { HiddenstateError, rangeError } from '../../errors.js';
import { Embedding, Linear, Sequential, type Stream } from '../../index.js';
import { assertOptions } from '../../options.js';
import { Adam, crossEntropy, fit, lanes } from '../../train/index.js';
import { JsonFields } from '../json-fields.js';
import { type SymbolCursor, SymbolModel } from '../symbols/symbol-model.js';
import type { SymbolOptions } from '../symbols/symbol-table.js';
import { CELLS, divide, type LatentOptions, type LatentSettings, latentSettings, makeCell } from './latent-options.js';
import { modelFromFields, modelToText } from './model-bytes.js';

/** Options of `LatentSymbols`. */
export interface LatentSymbolsOptions extends SymbolOptions, LatentOptions {}

/** The end of the fitted sequence that is read again to go on from it. */
const RECENT = 256;
/** Fewer symbols teach a network nothing. */
const LEAST = 64;

/**
 * The latent autoregressive model of symbols: h_t = g(h_{t−1}, x_{t−1}), p(x_t | h_t) a softmax: an embedding of H numbers,
 * any recurrent cell, a linear head. Trained by truncated backpropagation through time with carried state.
 *
 * @example
 * ```ts
 * import { LatentSymbols } from 'hiddenstate/sequence';
 *
 * const text = 'the cat sat on the mat. '.repeat(20);
 * const model = await new LatentSymbols({ cell: 'gru', hiddenSize: 8, epochs: 2, seed: 1 }).fit(text);
 * console.log(model.sample(20, { past: 'the ', seed: 1 }).length); // 20
 * model.dispose();
 * ```
 */
export class LatentSymbols extends SymbolModel {
  readonly type = 'LatentSymbols';
  private readonly settings: LatentSettings;
  private network: Sequential | undefined;
  private recent: Int32Array = new Int32Array();

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: LatentSymbolsOptions = {}) {
    const { symbols, unknown, ...rest } = options;
    super({ symbols, unknown }, [], 'LatentSymbols');
    this.settings = latentSettings(
      rest,
      { hiddenSize: 128, epochs: 4, batch: 32, patience: undefined },
      [],
      'LatentSymbols',
    );
  }

  /** The network: reads the number of a symbol, gives logits. Owned by this model. @throws {Error} before `fit` */
  get model(): Sequential {
    if (this.network) return this.network;
    throw new HiddenstateError('ORDER', 'LatentSymbols.model: got a model that was not fitted, expected fit() before');
  }

  /**
   * Trains a network on the sequence; the weights of the best epoch are kept.
   *
   * @throws {TypeError | RangeError} if the sequence is too short or holds anything but non-empty strings
   * @throws {DivergedError} if the loss is no number any more
   */
  override async fit(sequence: Iterable<string>): Promise<this> {
    const who = 'LatentSymbols.fit';
    const { table, indices } = this.read(sequence, who);
    if (indices.length < LEAST) {
      throw rangeError(`${who}: got a sequence of ${indices.length}, expected at least ${LEAST} symbols for a network`);
    }
    const network = this.makeNetwork(table.size);
    try {
      await this.train(network, Float32Array.from(indices));
    } catch (error) {
      network.dispose();
      throw error;
    }
    this.dispose();
    this.network = network;
    this.fittedWith = table;
    this.recent = indices.slice(-RECENT);
    return this;
  }

  /**
   * Writes the network as `Sequential.save` does, its symbols under `vocabulary`.
   *
   * @param metadata what to save beside them
   * @throws {Error} before `fit`
   */
  save(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const vocabulary = JSON.stringify(this.symbols);
    return new Sequential(this.model.modules, { metadata: { vocabulary, ...metadata } }).save();
  }

  /** Gives the network's memory back. */
  dispose(): void {
    this.network?.dispose();
    this.network = undefined;
  }

  /** @throws {TypeError | RangeError | Error} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown, options: Pick<LatentOptions, 'engine'> = {}): LatentSymbols {
    const who = 'LatentSymbols.fromJSON';
    assertOptions(options, ['engine'], who);
    const fields = new JsonFields(json, ['type', 'symbols', 'unknown', 'cell', 'recent', 'model'], who);
    const cell = fields.choice('cell', CELLS);
    const latent = new LatentSymbols({ cell, ...fields.optional('unknown', (name) => fields.text(name)), ...options });
    const { size } = latent.restoreSymbols(fields, who);
    latent.recent = fields.integers('recent', size);
    const network = modelFromFields(fields, who, options.engine);
    const [first] = network.modules;
    if (first.type !== 'Embedding' || first.config.numEmbeddings !== size || network.outputSize !== size) {
      network.dispose();
      throw rangeError(`${who}: model: got another network, expected an Embedding of ${size} and as many outputs`);
    }
    latent.network = network;
    return latent;
  }

  protected fields(): Record<string, unknown> {
    return { cell: this.settings.cell, recent: Array.from(this.recent), model: modelToText(this.model) };
  }

  protected learn(): never {
    throw new HiddenstateError('ORDER', 'LatentSymbols.fit: a network is trained, which takes a promise');
  }

  protected open(past: Int32Array | undefined): SymbolCursor {
    const cursor = new LatentSymbolCursor(this.model.stream());
    for (const index of past ?? this.recent) cursor.observe(index);
    return cursor;
  }

  private makeNetwork(size: number): Sequential {
    const { hiddenSize, seed, engine } = this.settings;
    return new Sequential([
      new Embedding({ numEmbeddings: size, embeddingDim: hiddenSize, seed: seed + 2, engine }),
      makeCell(hiddenSize, this.settings),
      new Linear({ inFeatures: hiddenSize, outFeatures: size, seed: seed + 1, engine }),
    ]);
  }

  private async train(network: Sequential, indices: Float32Array): Promise<void> {
    const { epochs, learningRate, clipNorm, dropout, patience, seed, onProgress, signal } = this.settings;
    const { cut, steps, validates } = divide(indices.length, this.settings);
    const [known, end] = [indices.subarray(0, cut), indices.subarray(cut)];
    const batch = Math.min(this.settings.batch, Math.floor((cut - 1) / steps));
    await fit(network, lanes(known, { steps, batch }), {
      loss: crossEntropy(),
      optimizer: (parameters) => new Adam(parameters, { learningRate }),
      ...{ epochs, clipNorm, dropout, seed },
      ...(validates && { validation: lanes(end, { steps, batch: 1 }), patience }),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
  }
}

class LatentSymbolCursor implements SymbolCursor {
  private readonly input = new Float32Array(1);
  private readonly logits: Float32Array;
  private readonly probabilities: Float64Array;

  constructor(private readonly stream: Stream) {
    this.logits = new Float32Array(stream.outputSize);
    this.probabilities = new Float64Array(stream.outputSize).fill(1 / stream.outputSize);
  }

  predict(): Float64Array {
    return this.probabilities;
  }

  dispose(): void {
    this.stream.dispose();
  }

  observe(index: number): void {
    this.input[0] = index;
    const { logits, probabilities: p } = this;
    this.stream.step(this.input, logits);
    const greatest = logits.reduce((most, logit) => Math.max(most, logit));
    let sum = 0;
    for (let i = 0; i < p.length; i++) {
      p[i] = Math.exp(logits[i] - greatest);
      sum += p[i];
    }
    for (let i = 0; i < p.length; i++) p[i] /= sum;
  }
}
