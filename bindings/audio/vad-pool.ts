import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, typeError } from '../errors.js';
import { type Engine, sharedEngine } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { hasWorkers, parallelism } from '../parallel/host.js';
import { describeValue } from '../tensor.js';
import { assertBetween, assertRate } from './checks.js';
import { HerePlace, type ListeningPlace, ThreadPlace } from './pool-places.js';
import { type CallHost, PooledCall } from './pooled-call.js';
import { MOST_LANES } from './silero-lanes.js';
import { checkDetector, type DetectorOptions } from './vad-options.js';

/** Options of `VadPool.load`. */
export interface VadPoolOptions {
  /** Rate of the samples that calls push, in Hz, unless a call says another: a whole number from 1000 to 768000. Default 16000. */
  sampleRate?: number;
  /**
   * Threads that listen, each with a copy of the weights; 0 for the caller's thread. Default: one for every core but the caller's, at
   * most 8, and 0 where the host has no workers.
   */
  threads?: number;
  /** How long a frame waits for those of other calls, in milliseconds from 0 to 1000. Default 5. */
  maxDelayMs?: number;
  /** Where the model runs on the caller's thread, and whose build of the kernels threads take; the shared engine unless given. */
  engine?: Engine;
}

const MOST_THREADS = 8;

/** Frames of one call that wait before they are heard without delay. */
const MOST_WAITING = 64;

/** Batches that a thread is sent before it answers the first. */
const MOST_SENT = 2;

/** A place, and the calls that it hears. */
interface Line {
  readonly place: ListeningPlace;
  /** Calls with something to be heard, from `first` on. */
  due: PooledCall[];
  calls: number;
  sent: number;
  running: boolean;
}

/**
 * Voice activity detection for many calls at once, on one set of weights: calls push blocks of any length, and frames that are due
 * advance together, which takes a fraction of the time that they take alone. Each call hears what a `Vad` of its own hears.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { VadPool } from 'hiddenstate/audio';
 *
 * const pool = await VadPool.load(await readFile('silero_vad.onnx'), { sampleRate: 8000 });
 * const calls = [1, 2, 3].map(() => pool.open({ onSpeechEnd: (audio) => transcribe(audio) }));
 * for (const call of calls) call.push(block);
 * await Promise.all(calls.map((call) => call.close()));
 * pool.dispose();
 * ```
 */
export class VadPool {
  /** Samples of a frame at 16 kHz. */
  readonly frameSize: number;
  /** Threads that listen; 0 for the caller's. */
  readonly threads: number;
  private readonly lines: Line[];
  private readonly host: CallHost;
  private readonly lineOf = new Map<PooledCall, Line>();
  private readonly buffers: Float32Array[] = [];
  /** Numbers of calls that are over. */
  private readonly free: number[] = [];
  private numbers = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private idle: (() => void)[] = [];
  private failure: Error | undefined;
  private alive = true;

  private constructor(
    places: readonly ListeningPlace[],
    threads: number,
    private readonly sampleRate: number,
    private readonly maxDelayMs: number,
  ) {
    this.lines = places.map((place) => ({ place, due: [], calls: 0, sent: 0, running: false }));
    this.threads = threads;
    const { frameSize, context } = places[0].shape;
    this.frameSize = frameSize;
    this.host = {
      frameSize,
      context,
      takeBuffer: () => this.buffers.pop() ?? new Float32Array(context + frameSize),
      giveBuffer: (buffer) => void this.buffers.push(buffer),
      onDue: (call) => this.enqueue(call),
      onClosed: (call) => this.forget(call),
      assertAlive: (method) => this.assertAlive(method),
    };
  }

  /**
   * Loads a pool. The version of the model its graph says.
   *
   * @param model bytes of silero_vad.onnx, version 4 ("legacy"), 5 or 6; they stay in use until `dispose()`
   * @throws {TypeError} if the model or an option is of the wrong kind
   * @throws {RangeError} if an option is out of range
   * @throws {Error} if the bytes are no such model, or a thread does not start
   */
  static async load(model: Uint8Array | ArrayBuffer, options: VadPoolOptions = {}): Promise<VadPool> {
    const who = 'VadPool.load';
    assertOptions(options, ['sampleRate', 'threads', 'maxDelayMs', 'engine'], who);
    const { sampleRate = 16_000, maxDelayMs = 5, engine } = options;
    const { threads = hasWorkers() ? Math.min(MOST_THREADS, parallelism() - 1) : 0 } = options;
    assertRate(sampleRate, `${who}: sampleRate`);
    assertSize(threads, `${who}: threads`, 0, 256);
    assertBetween(maxDelayMs, 0, 1000, `${who}: maxDelayMs`);
    if (threads === 0) {
      return new VadPool([await HerePlace.start(model, engine, who)], 0, sampleRate, maxDelayMs);
    }
    const { simd } = engine ?? sharedEngine();
    const bytes = new Uint8Array(copyOf(model, who));
    let pool: VadPool | undefined;
    const onEnd = (error: Error) => pool?.fail(error);
    const started = await Promise.allSettled(
      Array.from({ length: threads }, () => ThreadPlace.start({ model: bytes, simd, who }, onEnd)),
    );
    const places = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const refused = started.find((each) => each.status === 'rejected');
    if (refused) {
      for (const place of places) place.dispose();
      throw refused.reason;
    }
    pool = new VadPool(places, threads, sampleRate, maxDelayMs);
    return pool;
  }

  /** Calls that are open. */
  get size(): number {
    return this.lineOf.size;
  }

  /**
   * Opens a call.
   *
   * @param options as those of `Vad.load`. Events come when frames are heard: within `maxDelayMs` and the time that this takes. What an
   *   event throws is reported as an uncaught error, and the other calls go on.
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if one is out of range
   * @throws {Error} after `dispose()`
   */
  open(options: DetectorOptions = {}): PooledCall {
    this.assertAlive('VadPool.open');
    checkDetector(options, [], 'VadPool.open');
    const line = this.lines.reduce((least, each) => (each.calls < least.calls ? each : least));
    const { sampleRate } = this;
    const call = new PooledCall(this.host, this.free.pop() ?? this.numbers++, { sampleRate, ...options });
    line.calls++;
    this.lineOf.set(call, line);
    return call;
  }

  /**
   * Hears all that is due, without delay.
   *
   * @returns when it was heard
   * @throws {Error} after `dispose()`, or if a thread has ended
   */
  drain(): Promise<void> {
    this.assertAlive('VadPool.drain');
    this.runAll();
    // Events may have disposed it.
    if (!this.alive || this.lines.every(isIdle)) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Ends all calls at once, without an event, and gives the memory back. */
  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    clearTimeout(this.timer);
    for (const { place } of this.lines) place.dispose();
    this.settle();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private enqueue(call: PooledCall): void {
    const line = this.lineOf.get(call) as Line;
    if (!call.busy) {
      call.busy = true;
      line.due.push(call);
    }
    if (line.due.length >= MOST_LANES || call.waiting >= MOST_WAITING) this.run(line);
    else this.timer ??= setTimeout(this.runAll, this.maxDelayMs);
  }

  private readonly runAll = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const line of this.lines) this.run(line);
  };

  /** Hears what is due, as far as the place takes it. */
  private run(line: Line): void {
    if (line.running) return;
    line.running = true;
    while (this.alive && line.due.length > 0 && line.sent < MOST_SENT) this.hear(line);
    line.running = false;
    if (this.idle.length > 0 && this.lines.every(isIdle)) this.settle();
  }

  /** Hears one frame of each of the calls that are first in line. */
  private hear(line: Line): void {
    const calls: PooledCall[] = [];
    const frames: Float32Array[] = [];
    const taken = line.due.splice(0, MOST_LANES);
    for (const call of taken) {
      const frame = guarded(() => call.next());
      if (frame) {
        calls.push(call);
        frames.push(frame);
      } else if (call.waiting > 0) line.due.push(call);
      else call.busy = false;
    }
    if (calls.length === 0 || !this.alive) return;
    const size = frames[0].length;
    const batch = {
      frames: new Float32Array(calls.length * size),
      calls: Int32Array.from(calls, ({ number }) => number),
      fresh: Uint8Array.from(calls, ({ fresh }) => (fresh ? 1 : 0)),
    };
    const epochs = calls.map((call) => call.epoch);
    for (let i = 0; i < calls.length; i++) {
      batch.frames.set(frames[i], i * size);
      calls[i].fresh = false;
    }
    line.sent++;
    line.place.hear(batch, (probabilities) => {
      line.sent--;
      for (let i = 0; i < calls.length; i++) {
        const call = calls[i];
        if (call.waiting > 0) line.due.push(call);
        else call.busy = false;
        if (this.alive) guarded(() => call.hear(frames[i], probabilities[i], epochs[i]));
        this.buffers.push(frames[i]);
      }
      this.run(line);
    });
  }

  private forget(call: PooledCall): void {
    const line = this.lineOf.get(call);
    if (!line) return;
    this.lineOf.delete(call);
    line.calls--;
    this.free.push(call.number);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.settle();
  }

  /** Resolves all promises that wait: the frames that were due were heard, or never will be. */
  private settle(): void {
    for (const resolve of this.idle.splice(0)) resolve();
    if (!this.alive || this.failure) for (const call of this.lineOf.keys()) call.abandon();
  }

  private assertAlive(who: string): void {
    if (!this.alive) throw disposedError(who, 'pool');
    if (this.failure) throw this.failure;
  }
}

function isIdle({ due, sent }: Line): boolean {
  return due.length === 0 && sent === 0;
}

/** Calls what may throw, which others must not suffer from: it is reported as an uncaught error. */
function guarded<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
    return undefined;
  }
}

function copyOf(model: unknown, who: string): ArrayBuffer {
  if (ArrayBuffer.isView(model)) return new Uint8Array(model.buffer, model.byteOffset, model.byteLength).slice().buffer;
  if (Object.prototype.toString.call(model) === '[object ArrayBuffer]') return (model as ArrayBuffer).slice(0);
  throw typeError(`${who}: got ${describeValue(model)}, expected a Uint8Array or an ArrayBuffer`);
}
