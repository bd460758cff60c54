import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Encoded, KeyedModel, LogEvent, ResultValue, StateFormat } from '../../keyed/index.js';
import type { RedisLog, RedisLogOptions } from '../../keyed/redis/index.js';
import type { Arguments } from '../arguments.js';
import { CliError, describeSystemError } from '../cli-error.js';

const DEFAULT_URL = 'redis://127.0.0.1:6379';

/** Works with the log that the options name. It is closed whatever happens: an open connection would keep the process. */
export async function withLog(
  args: Arguments,
  work: (log: RedisLog) => Promise<void>,
  onNotice?: RedisLogOptions['onNotice'],
): Promise<void> {
  const log = await openLog(args, onNotice);
  try {
    await work(log);
  } finally {
    await log.close();
  }
}

async function openLog(args: Arguments, onNotice?: RedisLogOptions['onNotice']): Promise<RedisLog> {
  const name = args.text('name');
  if (name === undefined) throw new CliError('no --name given; name a log, as in --name sensors');
  const integer = { least: 1, most: 4096, integer: true };
  // Loaded here, so that no other command waits for it.
  const { redisLog } = await import('../../keyed/redis/index.js');
  try {
    return redisLog({
      url: args.text('redis') ?? DEFAULT_URL,
      name,
      onNotice,
      partitions: args.number('partitions', integer),
      retain:
        args.text('retain') === 'all' ? Number.POSITIVE_INFINITY : 1000 * (args.number('retain', { least: 0 }) ?? 0),
    });
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

/** What is computed with: a model, and what its events and results look like. */
export interface Computation {
  readonly model: KeyedModel & { dispose(): void };
  readonly version: string;
  readonly stateFormat: StateFormat;
  readonly encode?: (event: LogEvent) => Encoded;
  readonly decode?: (y: Float32Array) => ResultValue;
  readonly ttl?: number;
}

const FORMATS: readonly StateFormat[] = ['float32', 'float16', 'int8'];

/** Opens the model that the options name. It runs on the baseline kernels: they give the same bits on every machine. */
export async function openComputation(args: Arguments): Promise<Computation> {
  const path = args.text('model');
  if (path === undefined) throw new CliError('no --model given; name a file, as in --model m.safetensors');
  const stateFormat = FORMATS.find((format) => format === (args.text('state-format') ?? 'float32'));
  if (!stateFormat) {
    throw new CliError(
      `--state-format: got ${JSON.stringify(args.text('state-format'))}, expected one of ${FORMATS.join(', ')}`,
    );
  }
  const values = args.text('values') ?? 'floats';
  if (values !== 'floats' && values !== 'json') {
    throw new CliError(`--values: got ${JSON.stringify(values)}, expected floats or json`);
  }
  const bytes = readModel(path);
  const { createEngine } = await import('../../index.js');
  const { openModel } = await import('../../formats/files/index.js');
  const layers = args.text('layers')?.split(',');
  const engine = createEngine({ simd: 'baseline' });
  const model = await openModel(bytes, { engine, ...(layers && { layers }) }).catch((error: Error) => {
    throw new CliError(`${path}: ${error.message}`);
  });
  const ttl = args.number('ttl', { least: 0.001 });
  return {
    model: model as unknown as Computation['model'],
    version: args.text('model-version') ?? createHash('sha256').update(bytes).digest('hex').slice(0, 12),
    stateFormat,
    ...(values === 'json' && { encode: encodeJson, decode: (y: Float32Array) => [...y] }),
    ...(ttl !== undefined && { ttl: 1000 * ttl }),
  };
}

function readModel(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new CliError(`${path}: ${describeSystemError(error)}`);
  }
}

const decoder = new TextDecoder();

function encodeJson({ value }: LogEvent): Encoded {
  return { x: JSON.parse(decoder.decode(value)) };
}
