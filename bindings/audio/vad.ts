import { disposeSymbol } from '../dispose-symbol.js';
import { HiddenstateError } from '../errors.js';
import { assertSamples } from './checks.js';
import { SILERO_RATE, Silero } from './silero.js';
import { SoundInput } from './sound-input.js';
import { SpeechGate } from './speech-gate.js';
import { checkDetector, gateEvents, gateOptions, nothing, type VadOptions } from './vad-options.js';

/**
 * Voice activity detection with a Silero model: sound in blocks of any length and any sample rate goes in, the beginning and
 * the end of speech come out. Allocates nothing after construction but the audio of speech that it hands out.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { Vad } from 'hiddenstate/audio';
 *
 * const vad = await Vad.load(await readFile('silero_vad.onnx'), {
 *   sampleRate: 48_000,
 *   onSpeechEnd: (audio) => transcribe(audio), // at 16 kHz
 * });
 * vad.push(block); // of any length, as it comes from a microphone
 * vad.flush();
 * ```
 */
export class Vad {
  /** Samples a second of the frames and of the audio that events hand out. */
  readonly rate = SILERO_RATE;
  /** Samples of a frame at 16 kHz. */
  readonly frameSize: number;
  private readonly input: SoundInput;
  private readonly gate: SpeechGate;
  /** The framer's frame without its context. */
  private fresh: Float32Array | undefined;
  private readonly onFrame: NonNullable<VadOptions['onFrame']>;
  private state: 'idle' | 'busy' | 'disposed' = 'idle';
  /** Counts resets, so that a frame is not part of what begins after it. */
  private resets = 0;

  private constructor(
    private readonly silero: Silero,
    options: VadOptions,
  ) {
    const { sampleRate = SILERO_RATE, onFrame = nothing, onError = nothing } = options;
    const { frameSize, context } = silero;
    this.frameSize = frameSize;
    const goesOn = () => this.state === 'busy';
    this.input = new SoundInput(sampleRate, frameSize, context, { onFrame: this.hear, onError, goesOn }, 'Vad');
    this.onFrame = onFrame;
    this.gate = new SpeechGate(frameSize, (1000 * frameSize) / SILERO_RATE, gateOptions(options), gateEvents(options));
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
    const who = 'Vad.load';
    checkDetector(options, ['engine'], who);
    return new Vad(await Silero.load(model, options, who), { ...options });
  }

  /**
   * Loads a detector at once, for hosts where nothing may be waited for: a worklet. As `load` otherwise.
   *
   * @param options `engine`: an engine of its own unless given
   * @throws as `load`
   */
  static loadSync(model: Uint8Array | ArrayBuffer, options: VadOptions = {}): Vad {
    const who = 'Vad.loadSync';
    checkDetector(options, ['engine'], who);
    return new Vad(Silero.loadSync(model, options, who), { ...options });
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
      this.input.push(block);
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
      this.input.flush();
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
    this.input.reset();
    this.gate.reset();
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
