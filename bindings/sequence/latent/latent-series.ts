import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { Linear, type Module, Sequential, type StateDict } from '../../index.js';
import { assertBoolean, assertOptions } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { Adam, type Batches, fit, gaussianNLL, mse, windows } from '../../train/index.js';
import { JsonFields } from '../json-fields.js';
import { assertVaries, checkSeries } from '../numbers/check-series.js';
import { type SeriesCursor, SeriesModel } from '../numbers/series-model.js';
import { LatentCursor, type LatentPaths, openPaths } from './latent-cursor.js';
import { CELLS, divide, type LatentOptions, type LatentSettings, latentSettings, makeCell } from './latent-options.js';
import { modelFromFields, modelToText } from './model-bytes.js';

/** What the network says of the next value: its mean, or mean and variance. */
export type LatentHead = 'point' | 'gaussian';

/** Options of `LatentSeries`. */
export interface LatentSeriesOptions extends LatentOptions {
  /** With `point` the variance is the mean squared error over the fitted series. Default `gaussian`. */
  head?: LatentHead;
  /** Whether the network reads and predicts changes, which a series without a level of its own asks for. Default false. */
  difference?: boolean;
}

interface Fitted {
  /** [1] → [1 or 2] in the units of the series or of its changes: mean, logarithm of the variance. */
  readonly model: Sequential;
  readonly series: Float64Array;
  /** Of the errors, for a `point` head. */
  readonly variance: number;
  paths: LatentPaths | undefined;
}

/** Fewer values teach a network nothing. */
const LEAST = 24;
/** Of mean and deviation: the network's own weights, float32, hold them, their inverses, and some more. */
const SCALES = [1e-30, 1e30] as const;
/** Windows begin this share of their length apart. */
const OVERLAP = 4;

/**
 * The latent autoregressive model of numbers: h_t = g(h_{t−1}, x_{t−1}), p(x_t | h_t) normal, g any recurrent cell, trained
 * by backpropagation through time. Scaling is learnt from the fitted series and lies in the network's first and last
 * layers, so `save` writes a model that reads and gives values as they are. Intervals come from simulated paths.
 *
 * @example
 * ```ts
 * import { LatentSeries } from 'hiddenstate/sequence';
 *
 * const series = Float64Array.from({ length: 200 }, (_, t) => 20 + Math.sin(t / 5));
 * const model = await new LatentSeries({ cell: 'gru', hiddenSize: 8, epochs: 5, seed: 1 }).fit(series);
 * const { mean, lower, upper } = model.forecast(10, { level: 0.9 });
 * console.log(mean.length, lower[0] < upper[0]); // 10 true
 * model.dispose();
 * ```
 */
export class LatentSeries extends SeriesModel {
  readonly type = 'LatentSeries';
  /** What the network says of the next value. */
  readonly head: LatentHead;
  /** Whether it reads and predicts changes. */
  readonly difference: boolean;
  private readonly settings: LatentSettings;
  private fitted: Fitted | undefined;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: LatentSeriesOptions = {}) {
    super();
    const who = 'LatentSeries';
    const defaults = { hiddenSize: 32, epochs: 200, batch: 16, patience: 20 };
    const { head = 'gaussian', difference = false } = options;
    this.settings = latentSettings(options, defaults, ['head', 'difference'], who);
    if (head !== 'point' && head !== 'gaussian') {
      throw typeError(`${who}: head: got ${describeValue(head)}, expected "point" or "gaussian"`);
    }
    assertBoolean(difference, `${who}: difference`);
    this.head = head;
    this.difference = difference;
  }

  get memory(): number {
    return this.difference ? 2 : 1;
  }

  /** The network, in the units of the series. Owned by this model. @throws {Error} before `fit` */
  get model(): Sequential {
    if (this.fitted) return this.fitted.model;
    throw new HiddenstateError('ORDER', 'LatentSeries.model: got a model that was not fitted, expected fit() before');
  }

  /**
   * Trains a network on the series; the weights of the best epoch are kept.
   *
   * @throws {TypeError | RangeError | Error} if the series is too short, constant, not all finite numbers, or so large or
   *         small that float32 cannot hold its scale
   * @throws {DivergedError} if the loss is no number any more
   */
  async fit(series: ArrayLike<number>): Promise<this> {
    const who = 'LatentSeries.fit';
    const values = checkSeries(series, who, LEAST, 'for a network');
    const inputs = this.difference ? values.subarray(1).map((value, t) => value - values[t]) : values;
    assertVaries(inputs, who);
    const scale = scaleOf(inputs, who);
    const scaled = Float32Array.from(inputs, (value) => (value - scale.mean) / scale.deviation);
    const trained = new Sequential([makeCell(1, this.settings), this.makeHead()]);
    try {
      await this.train(trained, scaled);
      const model = inUnits(trained, scale.mean, scale.deviation);
      this.dispose();
      this.fitted = { model, series: values, variance: 0, paths: undefined };
      this.fitted = { ...this.fitted, variance: this.head === 'point' ? this.meanSquare(values) : 0 };
    } catch (error) {
      trained.dispose();
      throw error;
    }
    return this;
  }

  /**
   * Writes the network as `Sequential.save` does: it reads values, or changes with `difference`, and gives the mean of the
   * next and, with a `gaussian` head, the logarithm of its variance.
   *
   * @param metadata what to save beside it
   * @throws {Error} before `fit`
   */
  save(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const { head, difference } = this;
    const output = head === 'point' ? 'mean' : 'mean, logarithm of the variance';
    const described = { input: difference ? 'changes' : 'values', output };
    return new Sequential(this.model.modules, { metadata: { ...described, ...metadata } }).save();
  }

  /** Gives the network's memory back. Until the next `fit` the model is as before the first. */
  dispose(): void {
    this.fitted?.paths?.dispose();
    this.fitted?.model.dispose();
    this.fitted = undefined;
  }

  /** @throws {TypeError | RangeError | Error} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown, options: Pick<LatentOptions, 'engine'> = {}): LatentSeries {
    const who = 'LatentSeries.fromJSON';
    assertOptions(options, ['engine'], who);
    const fields = new JsonFields(
      json,
      ['type', 'cell', 'head', 'difference', 'seed', 'variance', 'series', 'model'],
      who,
    );
    const head = fields.choice('head', ['point', 'gaussian'] as const);
    const difference = fields.choice('difference', [true, false]);
    const cell = fields.choice('cell', CELLS);
    const latent = new LatentSeries({ cell, head, difference, seed: fields.number('seed'), ...options });
    const series = checkSeries(fields.numbers('series'), `${who}: series`, latent.memory, 'to go on from');
    const variance = fields.number('variance', 0);
    const model = modelFromFields(fields, who, options.engine);
    const outputs = head === 'point' ? 1 : 2;
    if (model.inputSize !== 1 || model.outputSize !== outputs) {
      const got = `${model.inputSize} → ${model.outputSize}`;
      model.dispose();
      throw rangeError(`${who}: model: got sizes ${got}, expected 1 → ${outputs}`);
    }
    latent.fitted = { model, series, variance, paths: undefined };
    return latent;
  }

  protected get isFitted(): boolean {
    return this.fitted !== undefined;
  }

  protected fields(): Record<string, unknown> {
    const { model, series, variance } = this.fitted as Fitted;
    const { cell, seed } = this.settings;
    const { head, difference } = this;
    return { cell, head, difference, seed, variance, series: Array.from(series), model: modelToText(model) };
  }

  protected open(past: Float64Array | undefined): SeriesCursor {
    const fitted = this.fitted as Fitted;
    const paths = () => {
      fitted.paths ??= openPaths(fitted.model);
      return fitted.paths;
    };
    const { difference } = this;
    const cursor = new LatentCursor(fitted.model, {
      difference,
      variance: fitted.variance,
      seed: this.settings.seed,
      paths,
    });
    for (const value of past ?? fitted.series) cursor.observe(value);
    return cursor;
  }

  private makeHead(): Linear {
    const { hiddenSize, seed, engine } = this.settings;
    return new Linear({ inFeatures: hiddenSize, outFeatures: this.head === 'point' ? 1 : 2, seed: seed + 1, engine });
  }

  private async train(network: Sequential, scaled: Float32Array): Promise<void> {
    const { epochs, learningRate, clipNorm, dropout, patience, seed, onProgress, signal } = this.settings;
    const { cut, steps, validates } = divide(scaled.length, this.settings);
    const batches = (from: number, to: number, shuffle?: number): Batches => {
      const rows = { data: scaled.subarray(from, to), dims: [to - from, 1] };
      return windows(rows, { steps, batch: this.settings.batch, stride: Math.ceil(steps / OVERLAP), shuffle });
    };
    await fit(network, batches(0, cut, seed), {
      loss: this.head === 'point' ? mse() : gaussianNLL({ variance: 'exp' }),
      optimizer: (parameters) => new Adam(parameters, { learningRate }),
      ...{ epochs, clipNorm, dropout, seed },
      ...(validates && { validation: batches(cut, scaled.length), patience }),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
  }

  /** Of the one-step errors over a series. */
  private meanSquare(values: Float64Array): number {
    const cursor = this.open(values.subarray(0, this.memory));
    let sum = 0;
    for (const value of values.subarray(this.memory)) {
      sum += (value - cursor.predict().mean) ** 2;
      cursor.observe(value);
    }
    cursor.dispose?.();
    return sum / (values.length - this.memory);
  }
}

function scaleOf(inputs: Float64Array, who: string): { mean: number; deviation: number } {
  const mean = inputs.reduce((sum, value) => sum + value, 0) / inputs.length;
  const deviation = Math.sqrt(inputs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inputs.length);
  const [least, most] = SCALES;
  if (deviation < least || Math.max(deviation, Math.abs(mean)) > most) {
    const got = `a mean of ${mean} and a deviation of ${deviation}`;
    throw rangeError(`${who}: got ${got}, expected magnitudes from ${least} to ${most}; scale the series`);
  }
  return { mean, deviation };
}

/** The same network with a first layer that scales and a last that scales back; the cell's memory goes over to it. */
function inUnits(trained: Sequential, mean: number, deviation: number): Sequential {
  const [cell, head] = trained.modules as readonly [Module, Linear];
  const { engine } = cell;
  const first = new Linear({ inFeatures: 1, outFeatures: 1, engine });
  first.loadStateDict(linearOf([1 / deviation], [-mean / deviation]));
  const { weight, bias } = head.stateDict();
  const size = head.inFeatures;
  weight.data.subarray(0, size).forEach((value, i) => {
    weight.data[i] = value * deviation;
  });
  bias.data[0] = bias.data[0] * deviation + mean;
  // A variance grows with the square of the scale.
  if (bias.data.length > 1) bias.data[1] += 2 * Math.log(deviation);
  head.loadStateDict({ weight, bias });
  return new Sequential([first, cell, head]);
}

function linearOf(weight: readonly number[], bias: readonly number[]): StateDict {
  return {
    weight: { data: Float32Array.from(weight), dims: [1, 1] },
    bias: { data: Float32Array.from(bias), dims: [1] },
  };
}
