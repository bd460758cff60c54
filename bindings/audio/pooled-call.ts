import { HiddenstateError } from '../errors.js';
import { assertSamples } from './checks.js';
import { SILERO_RATE } from './silero.js';
import { SoundInput } from './sound-input.js';
import { SpeechGate } from './speech-gate.js';
import { type DetectorOptions, gateEvents, gateOptions, nothing } from './vad-options.js';

/** What a call asks of its pool. */
export interface CallHost {
  readonly frameSize: number;
  readonly context: number;
  /** A buffer for a frame with its context. */
  takeBuffer(): Float32Array;
  giveBuffer(buffer: Float32Array): void;
  /** A call has something to be heard. */
  onDue(call: PooledCall): void;
  /** A call is over. */
  onClosed(call: PooledCall): void;
  /** @throws {Error} if the pool was disposed, or one of its threads has ended */
  assertAlive(method: string): void;
}

/** What waits to be heard: a frame, or the end of the sound and who waits for it. */
type Item = Float32Array | (() => void);

/**
 * One call of a `VadPool`: sound goes in, the beginning and the end of speech come out.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { type PooledCall, VadPool } from 'hiddenstate/audio';
 *
 * const pool = await VadPool.load(await readFile('silero_vad.onnx'), { sampleRate: 16_000 });
 * const call: PooledCall = pool.open({ onSpeechEnd: (audio) => transcribe(audio) });
 * call.push(block);
 * await call.close(); // after all of it was heard
 * console.log(call.speaking); // false
 * pool.dispose();
 * ```
 */
export class PooledCall {
  /** Samples of a frame at 16 kHz. */
  readonly frameSize: number;
  private readonly input: SoundInput;
  private readonly gate: SpeechGate;
  private readonly onFrame: NonNullable<DetectorOptions['onFrame']>;
  private items: Item[] = [];
  private first = 0;
  private open = true;
  /** Counts resets, so that what was under way is not heard after one. */
  private resets = 0;
  /** @internal Whether its next frame begins anew. */
  fresh = true;
  /** @internal Whether it is in line, or a frame of it is being heard. */
  busy = false;

  /** @internal */
  constructor(
    private readonly host: CallHost,
    /** @internal By which its state is found. */
    readonly number: number,
    options: DetectorOptions,
  ) {
    const { sampleRate = SILERO_RATE, onFrame = nothing, onError = nothing } = options;
    const { frameSize, context } = host;
    this.frameSize = frameSize;
    this.onFrame = onFrame;
    const enqueue = (frame: Float32Array) => {
      const copy = host.takeBuffer();
      copy.set(frame);
      this.add(copy);
    };
    const events = { onFrame: enqueue, onError, goesOn: () => this.open };
    this.input = new SoundInput(sampleRate, frameSize, context, events, 'PooledCall');
    this.gate = new SpeechGate(frameSize, (1000 * frameSize) / SILERO_RATE, gateOptions(options), gateEvents(options));
  }

  /** Whether speech has begun and not ended, as far as it was heard. */
  get speaking(): boolean {
    return this.gate.speaking;
  }

  /**
   * Takes a block of any length. It is heard, and events come, when the pool hears what is due.
   *
   * @param block one channel at the call's rate, from −1 to 1; copied
   * @throws {TypeError} if it is not a Float32Array
   * @throws {Error} after `close()`, or `dispose()` of the pool
   */
  push(block: Float32Array): void {
    this.assertOpen('push');
    assertSamples(block, 'PooledCall.push: block');
    this.input.push(block);
  }

  /**
   * The sound is over: the last frame is filled up with silence, speech that is under way ends, and the call begins anew.
   *
   * @returns when all of it was heard
   * @throws {Error} after `close()`, or `dispose()` of the pool
   */
  flush(): Promise<void> {
    this.assertOpen('flush');
    return this.finish();
  }

  /**
   * Forgets what it heard, and what waits to be heard, without an event.
   *
   * @throws {Error} after `close()`, or `dispose()` of the pool
   */
  reset(): void {
    this.assertOpen('reset');
    this.input.reset();
    this.gate.reset();
    this.fresh = true;
    this.abandon();
  }

  /**
   * Ends the call as `flush` does; it takes no more sound.
   *
   * @returns when all of it was heard
   */
  close(): Promise<void> {
    if (!this.open) return Promise.resolve();
    this.host.assertAlive('PooledCall.close');
    const heard = this.finish();
    this.open = false;
    return heard.then(() => this.host.onClosed(this));
  }

  /** @internal How much waits. */
  get waiting(): number {
    return this.items.length - this.first;
  }

  /** @internal The next frame; ends that come before it are told on the way. */
  next(): Float32Array | undefined {
    while (this.first < this.items.length) {
      const item = this.items[this.first++];
      if (this.first === this.items.length || this.first > 64) {
        this.items.splice(0, this.first);
        this.first = 0;
      }
      if (typeof item !== 'function') return item;
      this.fresh = true;
      try {
        this.gate.finish();
      } finally {
        item();
      }
    }
    return undefined;
  }

  /** @internal What `hear` wants back, from when the frame was sent. */
  get epoch(): number {
    return this.resets;
  }

  /** @internal A frame has this probability. */
  hear(frame: Float32Array, probability: number, epoch: number): void {
    if (epoch !== this.resets) return;
    const samples = frame.subarray(frame.length - this.frameSize);
    this.onFrame(probability, samples);
    if (epoch === this.resets) this.gate.push(samples, probability);
  }

  /** @internal Drops the frames that wait to be heard, and resolves the promises of callers that wait for an end. */
  abandon(): void {
    this.resets++;
    for (const item of this.items.splice(0).slice(this.first)) {
      if (typeof item === 'function') item();
      else this.host.giveBuffer(item);
    }
    this.first = 0;
  }

  private finish(): Promise<void> {
    this.input.flush();
    this.input.reset();
    return new Promise((resolve) => this.add(resolve));
  }

  private add(item: Item): void {
    this.items.push(item);
    this.host.onDue(this);
  }

  private assertOpen(method: string): void {
    this.host.assertAlive(`PooledCall.${method}`);
    if (this.open) return;
    throw new HiddenstateError('DISPOSED', `PooledCall.${method}: got a closed call, expected an open one`);
  }
}
