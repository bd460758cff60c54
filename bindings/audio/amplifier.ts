import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, rangeError, typeError } from '../errors.js';
import { type AmplifierModel, loadAmplifier } from '../formats/amplifier/index.js';
import { createEngine, type Engine, ready } from '../index.js';
import { assertBoolean, assertOptions } from '../options.js';
import { describeValue } from '../tensor.js';
import { type AmplifierChain, DelayedChain, PlainChain } from './amplifier-chain.js';
import { assertBetween, assertFunction, assertRate, assertSamples } from './checks.js';

/** Options of `Amplifier.load`. */
export interface AmplifierOptions {
  /** Rate of the samples that will be pushed, in Hz: a whole number from 1000 to 768000. Default: the rate of the model. */
  sampleRate?: number;
  /** Rate that the model was trained at, in Hz, where the file does not say it, or wrongly. */
  modelRate?: number;
  /**
   * Whether recurrent layers get their state back after as much time as in training (`SampleRateCorrectionMode::LinInterp` of
   * RTNeural). Without it, and below the rate of the model, they get it back after one sample. Default true.
   */
  rateCorrection?: boolean;
  /**
   * Silence that the model hears before the first sample, from its trained state on, in milliseconds: most nets need some time
   * to settle. Default 500, as in NeuralAmpModelerCore.
   */
  prewarmMs?: number;
  /** Where the knobs stand that a model was trained with, one number for each. */
  controls?: readonly number[];
  /** Called once when a sample is NaN or infinite. From there on silence is heard, until `reset()`. */
  onError?: (error: Error) => void;
  /** Where the model runs; the shared engine unless given. */
  engine?: Engine;
}

const OPTIONS = ['sampleRate', 'modelRate', 'rateCorrection', 'prewarmMs', 'controls', 'onError', 'engine'];

const PREWARM_MS = 500;
const LONGEST_PREWARM_MS = 10_000;

/** Samples that are run at a time. */
const CHUNK = 512;

/** Rates further apart are a mistake, and would take much memory. */
const LONGEST_DELAY = 64;

/** The inputs and outputs of a chunk, as long as one block was. */
interface Room {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/**
 * A guitar amplifier or pedal: Neural Amp Modeler (`.nam`, LSTM), GuitarML and Proteus, RTNeural. Mono sound in blocks of any
 * length goes in, as much comes out, without delay.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { Amplifier } from 'hiddenstate/audio';
 *
 * const amplifier = await Amplifier.load(await readFile('amp.nam'), { sampleRate: 96_000 });
 * const block = new Float32Array(128);
 * amplifier.push(block, block); // in place; allocates nothing
 * amplifier.dispose();
 * ```
 */
export class Amplifier {
  /** What wrote the file. */
  readonly format: AmplifierModel['format'];
  /** Rate of the samples in Hz; undefined where neither the file nor an option says it. */
  readonly sampleRate: number | undefined;
  /** Rate that the model was trained at in Hz, if known. */
  readonly modelRate: number | undefined;
  /** Samples after which recurrent layers get their state back: `sampleRate` / `modelRate` if corrected, 1 otherwise. */
  readonly stateDelay: number;
  /** Knobs that the model was trained with. */
  readonly controlCount: number;
  private readonly skip: boolean;
  private readonly chain: AmplifierChain;
  private readonly controls: Float32Array;
  private readonly rooms: (Room | undefined)[] = [];
  private readonly onError: (error: Error) => void;
  private deaf = false;
  private alive = true;

  private constructor(
    { format, sampleRate: ownRate, model, state, skip }: AmplifierModel,
    options: AmplifierOptions,
    who: string,
  ) {
    const { modelRate = ownRate, rateCorrection = true, prewarmMs = PREWARM_MS, onError = () => {} } = options;
    const { sampleRate = modelRate, controls = [] } = options;
    this.format = format;
    this.sampleRate = sampleRate;
    this.modelRate = modelRate;
    this.controlCount = model.inputSize - 1;
    this.skip = skip;
    this.onError = onError;
    this.controls = new Float32Array(this.controlCount);
    if (model.outputSize !== 1) throw rangeError(`${who}: got a model of ${model.outputSize} outputs, expected one`);
    this.stateDelay =
      rateCorrection && sampleRate !== undefined && modelRate !== undefined ? Math.max(1, sampleRate / modelRate) : 1;
    if (this.stateDelay > LONGEST_DELAY) {
      throw rangeError(
        `${who}: sampleRate: got ${sampleRate}, expected at most ${LONGEST_DELAY} times the model's ${modelRate}`,
      );
    }
    this.setKnobs(controls, who);
    this.chain =
      this.stateDelay === 1 ? new PlainChain(model, state) : new DelayedChain(model, state, this.stateDelay, who);
    this.prewarm(Math.round((prewarmMs / 1000) * (sampleRate ?? 48_000)));
  }

  /**
   * Loads an amplifier. What wrote the file, its content says.
   *
   * @param model bytes of a `.nam`, GuitarML or RTNeural file; not kept
   * @throws {TypeError} if the model or an option is of the wrong kind
   * @throws {RangeError} if an option is out of range, or `controls` are not as many as the model was trained with
   * @throws {Error} if the bytes are no such model
   */
  static async load(model: Uint8Array | ArrayBuffer, options: AmplifierOptions = {}): Promise<Amplifier> {
    checkOptions(options, 'Amplifier.load');
    const { engine = await ready() } = options;
    return Amplifier.open(model, engine, options, 'Amplifier.load');
  }

  /**
   * Loads an amplifier at once, for hosts where nothing may be waited for: a worklet. As `load` otherwise.
   *
   * @param options `engine`: an engine of its own unless given
   * @throws as `load`
   */
  static loadSync(model: Uint8Array | ArrayBuffer, options: AmplifierOptions = {}): Amplifier {
    checkOptions(options, 'Amplifier.loadSync');
    const { engine = createEngine() } = options;
    return Amplifier.open(model, engine, options, 'Amplifier.loadSync');
  }

  private static open(
    bytes: Uint8Array | ArrayBuffer,
    engine: Engine,
    options: AmplifierOptions,
    who: string,
  ): Amplifier {
    const loaded = loadAmplifier(bytes, { engine });
    try {
      return new Amplifier(loaded, options, who);
    } catch (error) {
      loaded.model.dispose();
      throw error;
    }
  }

  /**
   * Amplifies a block of any length.
   *
   * @param block one channel at `sampleRate`, from −1 to 1
   * @param out where as many samples go, the block itself if it is to be written over; a new array unless given. With it the
   *   call allocates nothing, but for the first block of a length.
   * @returns `out`
   * @throws {TypeError} if the block or out is not a Float32Array
   * @throws {RangeError} if out has another length
   * @throws {Error} after `dispose()`
   */
  push(block: Float32Array, out: Float32Array = new Float32Array(block?.length ?? 0)): Float32Array {
    const who = 'Amplifier.push';
    if (!this.alive) throw disposedError(who, 'amplifier');
    assertSamples(block, `${who}: block`);
    assertSamples(out, `${who}: out`);
    if (out.length !== block.length) {
      throw rangeError(`${who}: out: got ${out.length} samples, expected ${block.length}, as in the block`);
    }
    for (let at = 0; at < block.length; at += CHUNK) this.take(block, out, at, Math.min(CHUNK, block.length - at));
    return out;
  }

  /**
   * Turns the knobs of a model that was trained with some; heard from the next block on.
   *
   * @param controls one number for each knob, as in training: most often from 0 to 1
   * @throws {TypeError | RangeError} if they are not as many finite numbers as `controlCount`
   */
  setControls(controls: readonly number[] | Float32Array): void {
    if (!this.alive) throw disposedError('Amplifier.setControls', 'amplifier');
    this.setKnobs(controls, 'Amplifier.setControls');
  }

  /**
   * Goes back to where it began, the silence before the first sample heard.
   *
   * @throws {Error} after `dispose()`
   */
  reset(): void {
    if (!this.alive) throw disposedError('Amplifier.reset', 'amplifier');
    this.chain.reset();
    this.deaf = false;
  }

  /** Gives the memory back. */
  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    this.chain.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private take(block: Float32Array, out: Float32Array, from: number, size: number): void {
    const { x, y } = this.roomFor(size);
    const width = 1 + this.controlCount;
    for (let i = 0; i < size; i++) {
      const sample = block[from + i];
      // NaN and infinities minus themselves are NaN.
      const lost = sample - sample !== 0;
      if (lost) this.lose(sample);
      x[i * width] = lost || this.deaf ? 0 : sample;
      for (let k = 1; k < width; k++) x[i * width + k] = this.controls[k - 1];
    }
    this.chain.run(x, y);
    for (let i = 0; i < size; i++) out[from + i] = this.skip ? y[i] + x[i * width] : y[i];
  }

  private roomFor(size: number): Room {
    const known = this.rooms[size];
    if (known) return known;
    const room = { x: new Float32Array(size * (1 + this.controlCount)), y: new Float32Array(size) };
    this.rooms[size] = room;
    return room;
  }

  private lose(sample: number): void {
    if (this.deaf) return;
    this.deaf = true;
    this.onError(
      rangeError(
        `Amplifier.push: block: got a sample of ${sample}, expected finite numbers; silence is heard until reset()`,
      ),
    );
  }

  private setKnobs(controls: readonly number[] | Float32Array, who: string): void {
    const isList = Array.isArray(controls) || ArrayBuffer.isView(controls);
    if (!isList) throw typeError(`${who}: controls: got ${describeValue(controls)}, expected a list of numbers`);
    if (controls.length !== this.controlCount) {
      throw rangeError(
        `${who}: controls: got ${controls.length}, expected ${this.controlCount}: the knobs that the model was trained with`,
      );
    }
    for (let i = 0; i < controls.length; i++) {
      assertBetween(controls[i], -Number.MAX_VALUE, Number.MAX_VALUE, `${who}: controls[${i}]`);
    }
    this.controls.set(controls);
  }

  private prewarm(samples: number): void {
    const silence = new Float32Array(CHUNK);
    const skipped = new Float32Array(CHUNK);
    for (let at = 0; at < samples; at += CHUNK) this.take(silence, skipped, 0, Math.min(CHUNK, samples - at));
    this.chain.mark();
  }
}

/** Options of `amplify`. */
export interface AmplifyOptions extends AmplifierOptions {
  /** Bytes of a `.nam`, GuitarML or RTNeural file. */
  model: Uint8Array | ArrayBuffer;
}

/**
 * Amplifies a whole recording: what an `Amplifier` gives for it.
 *
 * @param samples one channel, from −1 to 1
 * @param options the model, and those of `Amplifier.load`
 * @returns as many samples
 * @throws as `Amplifier.load`; and if a sample is NaN or infinite, where no `onError` is given
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { amplify } from 'hiddenstate/audio';
 *
 * const wet = await amplify(recording, { model: await readFile('amp.nam'), sampleRate: 48_000 });
 * console.log(wet.length === recording.length); // true
 * ```
 */
export async function amplify(samples: Float32Array, options: AmplifyOptions): Promise<Float32Array> {
  const who = 'amplify';
  assertSamples(samples, `${who}: samples`);
  assertOptions(options, ['model', ...OPTIONS], who);
  const { model, ...rest } = options;
  const amplifier = await Amplifier.load(model, { onError: rethrow, ...rest });
  try {
    return amplifier.push(samples);
  } finally {
    amplifier.dispose();
  }
}

function rethrow(error: Error): never {
  throw error;
}

function checkOptions(options: AmplifierOptions, who: string): void {
  assertOptions(options, OPTIONS, who);
  const { sampleRate, modelRate, rateCorrection, prewarmMs, onError } = options;
  if (sampleRate !== undefined) assertRate(sampleRate, `${who}: sampleRate`);
  if (modelRate !== undefined) assertRate(modelRate, `${who}: modelRate`);
  if (rateCorrection !== undefined) assertBoolean(rateCorrection, `${who}: rateCorrection`);
  if (prewarmMs !== undefined) assertBetween(prewarmMs, 0, LONGEST_PREWARM_MS, `${who}: prewarmMs`);
  if (onError !== undefined) assertFunction(onError, `${who}: onError`);
}
