import { hostname } from 'node:os';
import type { StatePolicy } from '../../keyed/index.js';
import type { RedisLog } from '../../keyed/redis/index.js';
import type { Arguments } from '../arguments.js';
import { CliError, SaidError } from '../cli-error.js';
import { openComputation, withLog } from './open-log.js';
import { serveMetrics } from './serve-metrics.js';

const POLICIES = ['refuse', 'keep', 'reset'] as const;

/** How often a worker says how it does, in milliseconds. */
const SAY_EVERY = 10_000;

/** `hiddenstate keyed run`: works until it is told to stop. */
export function runWorker(args: Arguments): Promise<void> {
  return withLog(args, (log) => work(args, log));
}

async function work(args: Arguments, log: RedisLog): Promise<void> {
  const policy = args.text('states') ?? 'refuse';
  if (!POLICIES.includes(policy as (typeof POLICIES)[number])) {
    throw new CliError(`--states: got ${JSON.stringify(policy)}, expected one of ${POLICIES.join(', ')}`);
  }
  const port = args.number('metrics-port', { least: 0, most: 65_535, integer: true });
  const lanes = args.number('lanes', { least: 1, integer: true }) ?? 4096;
  const lease = args.number('lease', { least: 100, integer: true }) ?? 3000;
  const { model, ...computation } = await openComputation(args);
  const { runKeyed } = await import('../../keyed/index.js');
  // A Redis that cannot be used is said before anything else.
  await log.partitions();
  const stop = new AbortController();
  let unreachable: string | undefined;
  const worker = runKeyed({
    model,
    log,
    ...computation,
    states: policy as StatePolicy,
    signal: stop.signal,
    name: hostname().replace(/[#|\s]/g, '-'),
    lanes,
    lease,
    onNotice: ({ event, partition, message }) => {
      if (event === 'retrying') unreachable = message;
      if (event === 'reached') unreachable = undefined;
      say(event, { partition, message });
    },
  });
  worker.done.catch(() => {});
  const metrics =
    port === undefined
      ? undefined
      : await serveMetrics(port, worker.metrics, log.name).catch(async (error) => {
          stop.abort();
          await worker.done.catch(() => {});
          throw error;
        });
  say('started', { name: log.name, version: computation.version, metricsPort: metrics?.port });
  const end = (signal: NodeJS.Signals) => {
    // Whoever asks twice does not want to wait.
    if (stop.signal.aborted) process.exit(130);
    say('stopping', { signal });
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  const timer = setInterval(() => say('working', { ...worker.metrics, unreachable }), SAY_EVERY);
  try {
    await worker.done;
    say('stopped', { ...worker.metrics });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    say('failed', { code, message });
    throw new SaidError(message);
  } finally {
    clearInterval(timer);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
    metrics?.close();
    model.dispose();
  }
}

/** One line of JSON. */
function say(event: string, details: object): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...details })}\n`);
}
