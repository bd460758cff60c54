import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, typeError } from '../errors.js';
import { reviveError, type SentError } from '../parallel/messages.js';
import { describeValue } from '../tensor.js';
import type { Order, Report, UnitPlan } from './messages.js';
import { connectCallbacks, hostError, planOf, type VadNodeOptions } from './options.js';
import { withProcessorFile } from './processor-file.js';

/** Options of `createVad`. */
export interface CreateVadOptions extends Omit<VadNodeOptions, 'kind' | 'onMeter'> {
  /** Where the sound is taken from; a context of its own, closed by `dispose()`, unless given. */
  audioContext?: AudioContext;
}

/** Samples that are sent to the worker at a time: 43 ms at 48 kHz. */
const BLOCK = 2048;

/**
 * Voice activity detection of a `MediaStream` in a worker. `createVad` makes one.
 *
 * @example
 * ```ts
 * import { createVad, type StreamVad } from 'hiddenstate/worklet';
 *
 * const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
 * const vad: StreamVad = await createVad(microphone, { model: '/silero_vad_v6.onnx' });
 * vad.addEventListener('speechend', () => console.log('silence'));
 * vad.flush(); // speech that is under way ends
 * vad.dispose();
 * ```
 */
export class StreamVad extends EventTarget {
  private alive = true;

  /** @internal */
  constructor(
    private readonly worker: Worker,
    private readonly release: () => void,
  ) {
    super();
  }

  /**
   * Forgets what it heard, without an event.
   *
   * @throws {HiddenstateError} after `dispose()`
   */
  reset(): void {
    this.order({ type: 'reset' }, 'reset');
  }

  /**
   * Speech that is under way ends, as if the sound were over.
   *
   * @throws as `reset`
   */
  flush(): void {
    this.order({ type: 'flush' }, 'flush');
  }

  /** Ends the worker. The tracks of the stream go on: they are the caller's. */
  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    this.release();
    this.worker.terminate();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  /** @internal */
  order(order: Order, method: string, transfer: ArrayBuffer[] = []): void {
    if (!this.alive) throw disposedError(`StreamVad.${method}`, 'detector');
    this.worker.postMessage(order, transfer);
  }
}

/**
 * Voice activity detection of a microphone without a worklet: the sound is taken on the page's thread, the model runs in a worker.
 * A page that is busy for longer than some 80 ms loses sound; `createNode` does not.
 *
 * @param stream with a track of sound
 * @param options those of `createNode` with `kind: 'vad'`; `audioContext`
 * @throws {TypeError | RangeError} if an option does not fit
 * @throws {HiddenstateError} if the worker cannot be started, or the model is refused
 *
 * @example
 * ```ts
 * import { createVad } from 'hiddenstate/worklet';
 *
 * const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
 * const vad = await createVad(microphone, {
 *   model: '/silero_vad_v6.onnx',
 *   onSpeechEnd: (audio) => transcribe(audio),
 * });
 * ```
 */
export async function createVad(stream: MediaStream, options: CreateVadOptions): Promise<StreamVad> {
  const who = 'createVad';
  if (typeof (stream as Partial<MediaStream> | null)?.getAudioTracks !== 'function') {
    throw typeError(`${who}: got ${describeValue(stream)}, expected a MediaStream`);
  }
  const { audioContext, ...rest } = options ?? {};
  const own = audioContext ? undefined : new AudioContext();
  const context = audioContext ?? (own as AudioContext);
  try {
    const given = { ...rest, kind: 'vad' } as VadNodeOptions;
    const plan = await planOf(given, context.sampleRate, BLOCK, false, who);
    const worker = await withProcessorFile(rest.processorUrl, 'vad', who, startWorker);
    const source = context.createMediaStreamSource(stream);
    // Deprecated, and everywhere: what replaces it is the worklet.
    const tap = context.createScriptProcessor(BLOCK, 1, 1);
    const vad = new StreamVad(worker, () => {
      tap.onaudioprocess = null;
      source.disconnect();
      tap.disconnect();
      void own?.close();
    });
    connectCallbacks(vad, given);
    try {
      await begun(worker, vad, plan);
    } catch (error) {
      vad.dispose();
      throw error;
    }
    tap.onaudioprocess = ({ inputBuffer }) => {
      const block = inputBuffer.getChannelData(0).slice();
      vad.order({ type: 'block', block }, 'block', [block.buffer]);
    };
    source.connect(tap);
    tap.connect(context.destination);
    return vad;
  } catch (error) {
    if (own && own.state !== 'closed') void own.close();
    throw error;
  }
}

/** Starts a worker, and waits until its file is loaded. */
function startWorker(url: string): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(hostError(event.message || 'a worker that cannot be started'));
    };
    worker.onmessage = () => resolve(worker);
  });
}

/** Sends the plan, and hands on what the worker tells from then on. */
function begun(worker: Worker, vad: StreamVad, plan: UnitPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    const tell = (name: string, detail: unknown) => vad.dispatchEvent(new CustomEvent(name, { detail }));
    worker.onerror = (event) => {
      event.preventDefault();
      const error = hostError(`createVad: got a worker that failed (${event.message}), expected it to go on`);
      reject(error);
      tell('error', error);
    };
    worker.onmessage = ({ data }) => {
      const report = data as Report;
      if (report.type === 'ready') resolve();
      else if (report.type === 'failed') reject(reviveError(report.error));
      else if (report.type === 'event') {
        const { name, detail } = report;
        tell(name, name === 'error' ? reviveError(detail as SentError) : detail);
      }
    };
    vad.order({ type: 'plan', plan }, 'plan');
  });
}
