import { disposeSymbol } from '../dispose-symbol.js';
import { HiddenstateError, rangeError } from '../errors.js';
import type { Engine } from '../index.js';
import { assertOptions } from '../options.js';
import { assertBetween, assertFunction, assertRate, assertSamples } from './checks.js';
import { Framer } from './framer.js';
import { Resampler } from './resampler.js';
import { SILERO_RATE, Silero } from './silero.js';
import { type SpeechEvents, SpeechGate, type SpeechGateOptions } from './speech-gate.js';

/** Options of `Vad.load`. Names, meanings and defaults of thresholds, durations and events are those of vad-web. */
export interface VadOptions extends SpeechGateOptions, Partial<SpeechEvents> {
  /** Rate of the samples that will be pushed, in Hz: a whole number from 1000 to 768000. Default 16000. */
  sampleRate?: number;
  /**
   * Called for every frame, before the other events of it, with the probability of speech and the samples at 16 kHz: a view,
   * copy what is to be kept.
   */
  onFrame?: (probability: number, frame: Float32Array) => void;
  /** Called once when a sample is NaN or infinite. From there on silence is heard, until `reset()`. */
  onError?: (error: Error) => void;
  /** Where the model runs; the shared engine unless given. */
  engine?: Engine;
}

const DEFAULTS = {
  positiveSpeechThreshold: 0.3,
  negativeSpeechThreshold: 0.25,
  redemptionMs: 1400,
  preSpeechPadMs: 800,
  minSpeechMs: 400,
};

const EVENTS = ['onSpeechStart', 'onSpeechRealStart', 'onSpeechEnd', 'onVADMisfire', 'onFrame', 'onError'] as const;

const DURATIONS = ['redemptionMs', 'preSpeechPadMs', 'minSpeechMs'] as const;

/** A minute: the padding is kept in memory all the time. */
const LONGEST_MS = 60_000;

/** Samples that are resampled at a time. */
const CHUNK = 4096;

const nothing = () => {};

/**
 * Voice activity detection with a Silero model: sound in blocks of any length and any sample rate goes in, the beginning and
 * the end of speech come out. Allocates nothing after construction but the audio of speech that it hands out.
 *
 * @example
 * const vad = await Vad.load(sileroBytes, {
 *   sampleRate: 48_000,
 *   onSpeechStart: () => show('listening'),
 *   onSpeechEnd: (audio) => transcribe(audio),
 * });
 * microphone.onblock = (block) => vad.push(block);
 */
export class Vad {
  /** Samples a second of the frames and of the audio that events hand out. */
  readonly rate = SILERO_RATE;
  /** Samples of a frame at 16 kHz. */
  readonly frameSize: number;
  private readonly framer: Framer;
  private readonly resampler: Resampler | undefined;
  private readonly gate: SpeechGate;
  private readonly chunk = new Float32Array(CHUNK);
  /** The beginning of `chunk`, as long as the block before was. */
  private part = this.chunk;
  private readonly resampled: Float32Array;
  /** The framer's frame without its context. */
  private fresh: Float32Array | undefined;
  private readonly onFrame: NonNullable<VadOptions['onFrame']>;
  private readonly onError: NonNullable<VadOptions['onError']>;
  private state: 'idle' | 'busy' | 'disposed' = 'idle';
  private deaf = false;
  /** Counts resets, so that a frame is not part of what begins after it. */
  private resets = 0;

  private constructor(
    private readonly silero: Silero,
    options: VadOptions,
  ) {
    const { sampleRate = SILERO_RATE, onFrame = nothing, onError = nothing } = options;
    const { frameSize, context } = silero;
    this.frameSize = frameSize;
    this.framer = new Framer({ size: frameSize, context });
    this.resampler = sampleRate === SILERO_RATE ? undefined : new Resampler({ from: sampleRate, to: SILERO_RATE });
    const room = this.resampler ? Math.max(this.resampler.room(CHUNK), this.resampler.room(this.resampler.delay)) : 0;
    this.resampled = new Float32Array(room);
    this.onFrame = onFrame;
    this.onError = onError;
    this.gate = new SpeechGate(frameSize, (1000 * frameSize) / SILERO_RATE, gateOptions(options), {
      onSpeechStart: options.onSpeechStart ?? nothing,
      onSpeechRealStart: options.onSpeechRealStart ?? nothing,
      onSpeechEnd: options.onSpeechEnd ?? nothing,
      onVADMisfire: options.onVADMisfire ?? nothing,
    });
  }

  /**
   * Loads a detector. The version of the model, and with it the length of frames and their context, its graph says.
   *
   * @param model bytes of silero_vad.onnx, version 4 ("legacy"), 5 or 6; they stay in use until `dispose()`
   * @throws {TypeError} if the model or an option is of the wrong kind
   * @throws {RangeError} if an option is out of range
   * @throws {Error} if the bytes are no such model
   */
  static async load(model: Uint8Array | ArrayBuffer, options: VadOptions = {}): Promise<Vad> {
    checkOptions(options);
    const silero = await Silero.load(model, options, 'Vad.load');
    return new Vad(silero, { ...options });
  }

  /** Whether speech has begun and not ended. */
  get speaking(): boolean {
    return this.gate.speaking;
  }

  /**
   * Listens to a block of any length. Events come before it returns. What they throw comes out of `push`, and the rest of the
   * block is then not heard.
   *
   * @param block one channel at `sampleRate`, from −1 to 1
   * @throws {TypeError} if it is not a Float32Array
   * @throws {Error} after `dispose()`, or from an event of this detector
   */
  push(block: Float32Array): void {
    this.assertIdle('push');
    assertSamples(block, 'Vad.push: block');
    this.state = 'busy';
    try {
      for (let at = 0; at < block.length && this.state === 'busy'; at += CHUNK) this.take(block, at);
    } finally {
      if (this.state === 'busy') this.state = 'idle';
    }
  }

  /**
   * The sound is over: the last frame is filled up with silence, speech that is under way ends, and the detector begins anew.
   *
   * @throws {Error} after `dispose()`, or from an event of this detector
   */
  flush(): void {
    this.assertIdle('flush');
    this.state = 'busy';
    try {
      if (this.resampler) this.framer.take(this.resampled, this.resampler.flush(this.resampled), this.hear);
      if (this.state === 'busy') this.framer.flush(this.hear);
      if (this.state === 'busy') this.gate.finish();
      if (this.state === 'busy') this.reset();
    } finally {
      if (this.state === 'busy') this.state = 'idle';
    }
  }

  /**
   * Forgets what it heard, without an event. May be called from an event.
   *
   * @throws {Error} after `dispose()`
   */
  reset(): void {
    if (this.state === 'disposed') this.throwDisposed('reset');
    this.silero.reset();
    this.resampler?.reset();
    this.framer.reset();
    this.gate.reset();
    this.deaf = false;
    this.resets++;
  }

  /** Gives the memory back. May be called from an event, which is then the last one. */
  dispose(): void {
    if (this.state === 'disposed') return;
    this.state = 'disposed';
    this.silero.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private take(block: Float32Array, from: number): void {
    const { chunk, resampler, resampled } = this;
    const size = Math.min(block.length - from, CHUNK);
    for (let i = 0; i < size; i++) {
      const sample = block[from + i];
      // NaN and infinities minus themselves are NaN.
      const lost = sample - sample !== 0;
      if (lost) this.lose(sample);
      chunk[i] = lost || this.deaf ? 0 : sample;
    }
    if (!resampler) this.framer.take(chunk, size, this.hear);
    else {
      if (this.part.length !== size) this.part = chunk.subarray(0, size);
      this.framer.take(resampled, resampler.push(this.part, resampled), this.hear);
    }
  }

  private lose(sample: number): void {
    if (this.deaf) return;
    this.deaf = true;
    this.onError(
      rangeError(`Vad.push: block: got a sample of ${sample}, expected finite numbers; silence is heard until reset()`),
    );
  }

  private readonly hear = (frame: Float32Array): void => {
    if (this.state === 'disposed') return;
    const { resets } = this;
    const probability = this.silero.step(frame);
    // Always the same array.
    this.fresh ??= frame.subarray(this.silero.context);
    this.onFrame(probability, this.fresh);
    if (this.state === 'busy' && this.resets === resets) this.gate.push(this.fresh, probability);
  };

  private assertIdle(method: string): void {
    if (this.state === 'disposed') this.throwDisposed(method);
    if (this.state === 'busy') {
      throw new HiddenstateError(
        'ORDER',
        `Vad.${method}: got a call from an event of the same detector, expected it after push`,
      );
    }
  }

  private throwDisposed(method: string): never {
    throw new HiddenstateError('DISPOSED', `Vad.${method}: got a disposed detector, expected a live one`);
  }
}

function gateOptions(options: VadOptions): Required<SpeechGateOptions> {
  const positive = options.positiveSpeechThreshold ?? DEFAULTS.positiveSpeechThreshold;
  return {
    positiveSpeechThreshold: positive,
    negativeSpeechThreshold: options.negativeSpeechThreshold ?? Math.min(DEFAULTS.negativeSpeechThreshold, positive),
    redemptionMs: options.redemptionMs ?? DEFAULTS.redemptionMs,
    preSpeechPadMs: options.preSpeechPadMs ?? DEFAULTS.preSpeechPadMs,
    minSpeechMs: options.minSpeechMs ?? DEFAULTS.minSpeechMs,
  };
}

function checkOptions(options: VadOptions): void {
  const who = 'Vad.load';
  assertOptions(options, ['sampleRate', 'engine', ...Object.keys(DEFAULTS), ...EVENTS], who);
  if (options.sampleRate !== undefined) assertRate(options.sampleRate, `${who}: sampleRate`);
  for (const name of EVENTS) if (options[name] !== undefined) assertFunction(options[name], `${who}: ${name}`);
  const gate = gateOptions(options);
  assertBetween(gate.positiveSpeechThreshold, 0, 1, `${who}: positiveSpeechThreshold`);
  assertBetween(gate.negativeSpeechThreshold, 0, gate.positiveSpeechThreshold, `${who}: negativeSpeechThreshold`);
  for (const name of DURATIONS) assertBetween(gate[name], 0, LONGEST_MS, `${who}: ${name}`);
}
