import { KeyedStream } from './keyed-stream.js';
import type { Claim, Notice } from './log.js';
import { type KeyedMetrics, newMetrics } from './metrics.js';
import { type RunKeyedOptions, type Settings, settingsOf } from './options.js';
import { PartitionWorker } from './partition-worker.js';
import { untilAborted } from './until-aborted.js';

/** A worker that runs. */
export interface KeyedWorker {
  /** Resolves when the worker has stopped cleanly; rejects with what stopped it. */
  readonly done: Promise<void>;
  /** What it has done until now. */
  readonly metrics: Readonly<KeyedMetrics>;
}

/**
 * Runs a model over a log of keyed events. Every key has a state of its own, which survives crashes and moves between workers; every
 * event enters its state exactly once, in the order of its key, and every result is written exactly once. Any number of workers of
 * one log, in any number of processes, share its partitions.
 *
 * @returns at once; the worker stops when `signal` is aborted
 * @throws {TypeError | RangeError} if an option does not fit
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { memoryLog, runKeyed } from 'hiddenstate/keyed';
 *
 * const log = memoryLog();
 * const stop = new AbortController();
 * const worker = runKeyed({ model: new GRU({ inputSize: 2, hiddenSize: 8 }), log, signal: stop.signal });
 * const producer = await log.producer();
 * await producer.send([{ key: 'pump-7', value: new Uint8Array(Float32Array.of(0.25, 0.5).buffer) }]);
 * for await (const { results } of log.results({ group: 'alarms' })) {
 *   console.log(results[0].key, results[0].value.length / 4); // pump-7 8
 *   break;
 * }
 * stop.abort();
 * await worker.done;
 * ```
 */
export function runKeyed(options: RunKeyedOptions): KeyedWorker {
  const settings = settingsOf(options);
  const metrics = newMetrics();
  const keyed = new KeyedStream(settings, metrics);
  return { done: work(settings, keyed, metrics), metrics };
}

async function work(settings: Settings, keyed: KeyedStream, metrics: KeyedMetrics): Promise<void> {
  const { log, name, version, lease, signal } = settings;
  const end = new AbortController();
  let failure: { error: unknown } | undefined;
  const onError = (error: unknown) => {
    failure ??= { error };
    end.abort();
  };
  const onClaim = async (claim: Claim) => {
    if (end.signal.aborted) return;
    metrics.partitions++;
    try {
      await new PartitionWorker(claim, keyed, settings, metrics).run();
    } finally {
      metrics.partitions--;
    }
  };
  const onNotice = (notice: Notice) => {
    if (notice.event === 'fenced') metrics.fenced++;
    if (notice.event === 'retrying') metrics.retries++;
    settings.onNotice(notice);
  };
  const stop = () => end.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const joining = log.join({ worker: name, version, lease, onClaim, onError, onNotice });
    // Whoever is told to stop does not wait for a log that cannot be reached.
    const member = await untilAborted(joining, end.signal);
    if (!member) {
      joining.then((late) => late.leave()).catch(() => {});
      return;
    }
    await new Promise<void>((resolve) => {
      end.signal.addEventListener('abort', () => resolve(), { once: true });
      if (end.signal.aborted) resolve();
    });
    await member.leave();
  } finally {
    signal?.removeEventListener('abort', stop);
    keyed.dispose();
  }
  if (failure) throw failure.error;
}
