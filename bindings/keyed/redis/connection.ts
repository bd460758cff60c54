import { HiddenstateError, typeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { answerOf } from './faults.js';

/** What Redis answers; text comes as bytes. */
export type Reply = null | number | string | Uint8Array | readonly Reply[];

/** An argument of a command. */
export type Argument = string | Uint8Array;

/** The two clients as one: sends a command to the node that has its keys. */
export interface Connection {
  /**
   * @param key one of the keys of the command, which says where it goes
   * @throws whatever the client throws: errors of Redis and of the network
   */
  send(key: string, command: string, args: readonly Argument[]): Promise<Reply>;
  /** Ends the connection, if it was opened here. */
  close(): void;
}

/** A client of `ioredis`: `Redis` or `Cluster`. */
export interface IoredisClient {
  // biome-ignore lint/suspicious/noExplicitAny: Buffer is no type where only browsers are known
  callBuffer(command: string, ...args: any[]): Promise<unknown>;
}

/** A client of `redis`: of `createClient`, `createSentinel` or `createCluster`. */
export interface NodeRedisClient {
  // biome-ignore lint/suspicious/noExplicitAny: three kinds of client take three kinds of arguments
  sendCommand(...args: any[]): Promise<unknown>;
}

/** What `redisLog` talks through. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** Wraps a client of the caller's, which stays the caller's. */
export function connectionOf(client: unknown, who: string): Connection {
  const { callBuffer, sendCommand } = (client ?? {}) as Partial<IoredisClient & NodeRedisClient>;
  if (typeof callBuffer === 'function') return overIoredis(client as IoredisClient, () => {});
  if (typeof sendCommand === 'function') return overNodeRedis(client as NodeRedisClient, () => {});
  throw typeError(
    `${who}: client: got ${describeValue(client)}, expected a client of ioredis (new Redis(…), new Cluster(…)) ` +
      'or of redis 5 (await createClient(…).connect(), createSentinel, createCluster)',
  );
}

/**
 * Opens a connection of its own, by ioredis if it is installed, else by redis.
 *
 * @throws {HiddenstateError} `HIDDENSTATE_HOST` if neither is
 */
export async function connect(url: string, who: string): Promise<Connection> {
  const ioredis = await optional(() => import('ioredis'));
  if (ioredis) {
    const client = new ioredis.Redis(url, {
      maxRetriesPerRequest: null,
      // A master that became a replica is left: the address leads to the new one.
      reconnectOnError: (error) => (answerOf(error) === 'READONLY' ? 2 : false),
      retryStrategy: (times) => Math.min(5 * 2 ** Math.min(times, 7), 500),
    });
    // Errors reach whoever sent a command.
    client.on('error', () => {});
    return overIoredis(client, () => client.disconnect());
  }
  const redis = await optional(() => import('redis'));
  if (redis) {
    const client = redis.createClient({
      url,
      socket: { reconnectStrategy: (times) => Math.min(5 * 2 ** Math.min(times, 7), 500) },
    });
    client.on('error', () => {});
    await client.connect();
    return overNodeRedis(client, () => client.destroy());
  }
  throw new HiddenstateError(
    'HOST',
    `${who}: got a url and neither ioredis nor redis installed, expected one of them: npm install ioredis`,
  );
}

async function optional<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function overIoredis(client: IoredisClient, close: () => void): Connection {
  return {
    send: (_, command, args) => client.callBuffer(command, ...args.map(asText)) as Promise<Reply>,
    close,
  };
}

/** Of RESP: the types of its replies that carry text. */
const SIMPLE_STRING = 43;
const BLOB_STRING = 36;

/** Replies of text as bytes. */
const OPTIONS = { typeMapping: { [BLOB_STRING]: Buffer, [SIMPLE_STRING]: Buffer } };

/** The three kinds of client take three kinds of arguments; they are told apart by what only one of them has. */
function sendOf(client: NodeRedisClient): (key: string, command: readonly unknown[]) => Promise<unknown> {
  if ('masters' in client) return (key, command) => client.sendCommand(key, false, command, OPTIONS);
  if ('acquire' in client) return (_, command) => client.sendCommand(false, command, OPTIONS);
  return (_, command) => client.sendCommand(command, OPTIONS);
}

function overNodeRedis(client: NodeRedisClient, close: () => void): Connection {
  const send = sendOf(client);
  return {
    send: (key, command, args) => send(key, [command, ...args.map(asText)]) as Promise<Reply>,
    close,
  };
}

/** The clients take text and Buffers. */
function asText(value: Argument): string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
