import { HiddenstateError } from '../errors.js';
import type { Engine, Simd } from '../index.js';
import { startWorker, type WorkerPort } from '../parallel/host.js';
import { type Reply, reviveError } from '../parallel/messages.js';
import { SileroLanes } from './silero-lanes.js';

/** Frames that advance together, one of each call. */
export interface Batch {
  readonly frames: Float32Array;
  readonly calls: Int32Array;
  readonly fresh: Uint8Array;
}

/** How a model wants its frames. */
export interface FrameShape {
  readonly frameSize: number;
  readonly context: number;
}

/** Where calls are heard: the caller's thread, or one of its own. */
export interface ListeningPlace {
  readonly shape: FrameShape;
  /** Hears a batch. `done` is called with the probabilities, before it returns or later; batches are done in order. */
  hear(batch: Batch, done: (probabilities: Float32Array) => void): void;
  dispose(): void;
}

/** The caller's own thread. */
export class HerePlace implements ListeningPlace {
  private constructor(private readonly lanes: SileroLanes) {}

  static async start(model: Uint8Array | ArrayBuffer, engine: Engine | undefined, who: string): Promise<HerePlace> {
    return new HerePlace(await SileroLanes.load(model, { engine }, who));
  }

  get shape(): FrameShape {
    return this.lanes;
  }

  hear({ frames, calls, fresh }: Batch, done: (probabilities: Float32Array) => void): void {
    const probabilities = new Float32Array(calls.length);
    this.lanes.step(frames, calls, fresh, calls.length, probabilities);
    done(probabilities);
  }

  dispose(): void {
    this.lanes.dispose();
  }
}

/** What a thread is told first. */
export interface LoadTask {
  readonly model: Uint8Array;
  readonly simd: Simd;
  readonly who: string;
}

/** A worker, with weights of its own. */
export class ThreadPlace implements ListeningPlace {
  shape: FrameShape = { frameSize: 0, context: 0 };
  private readonly port: WorkerPort;
  private readonly open: ((probabilities: Float32Array) => void)[] = [];
  private settle: ((reply: Reply) => void) | undefined;

  private constructor(private readonly onEnd: (error: Error) => void) {
    this.port = startWorker({
      // In these words, because bundlers look for them and bring the worker's file along.
      web: () => new Worker(new URL('./audio-vad-worker.js', import.meta.url), { type: 'module' }),
      file: () => new URL('./audio-vad-worker.js', import.meta.url),
      onMessage: (reply) => this.take(reply as Reply),
      onEnd: (cause) => this.fail(cause),
    });
  }

  /** @throws {Error} if it does not start, or the model is none */
  static async start(task: LoadTask, onEnd: (error: Error) => void): Promise<ThreadPlace> {
    const place = new ThreadPlace(onEnd);
    place.port.hold();
    try {
      const reply = await new Promise<Reply>((resolve) => {
        place.settle = resolve;
        place.port.post(task, []);
      });
      if (reply.error) throw reviveError(reply.error);
      place.shape = reply.result as FrameShape;
      place.port.letGo();
      return place;
    } catch (error) {
      place.dispose();
      throw error;
    }
  }

  hear(batch: Batch, done: (probabilities: Float32Array) => void): void {
    if (this.open.length === 0) this.port.hold();
    this.open.push(done);
    this.port.post(batch, [batch.frames.buffer as ArrayBuffer]);
  }

  dispose(): void {
    void this.port.end();
  }

  private take(reply: Reply): void {
    if (this.settle) {
      this.settle(reply);
      this.settle = undefined;
      return;
    }
    const done = this.open.shift();
    if (this.open.length === 0) this.port.letGo();
    if (reply.error) this.onEnd(reviveError(reply.error));
    else done?.(reply.result as Float32Array);
  }

  private fail(cause: Error): void {
    const message = `VadPool: got a thread that ended: ${cause?.message}, expected one that runs`;
    const error = new HiddenstateError('HOST', message, { cause });
    const { settle } = this;
    this.settle = undefined;
    if (settle) settle({ error: { name: error.name, message, code: error.code } });
    else this.onEnd(error);
  }
}
