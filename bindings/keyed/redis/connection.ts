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
  /** Where Redis is, without the password. */
  readonly where: string;
  /** What is wrong with the connection now, as far as it is known. */
  readonly trouble?: () => unknown;
  /** Tells of trouble, and with undefined of its end. A client of the caller's tells the caller. */
  onTrouble?: (error: unknown) => void;
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
  if (typeof callBuffer === 'function') return overIoredis(client as IoredisClient, lent());
  if (typeof sendCommand === 'function') return overNodeRedis(client as NodeRedisClient, lent());
  throw typeError(
    `${who}: client: got ${describeValue(client)}, expected a client of ioredis (new Redis(…), new Cluster(…)) ` +
      'or of redis 5 (await createClient(…).connect(), createSentinel, createCluster)',
  );
}

/** What a connection is besides the way it sends. */
type Rest = Omit<Connection, 'send'>;

function lent(): Rest {
  return { where: 'the given client', close: () => {} };
}

/** A client that is this library's own. */
interface OwnClient {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'ready', listener: () => void): unknown;
}

function own(client: OwnClient, url: string, close: () => void): Rest & { trouble: () => unknown } {
  let trouble: unknown;
  const rest: Rest & { trouble: () => unknown } = { where: placeOf(url), close, trouble: () => trouble };
  const tell = (error: unknown) => {
    trouble = error;
    rest.onTrouble?.(error);
  };
  client.on('error', tell);
  client.on('ready', () => {
    // ioredis goes on in database 0 where it could not choose another: that is not the one that was asked for.
    if (!/DB index/i.test((trouble as Error | undefined)?.message ?? '')) tell(undefined);
  });
  return rest;
}

/** Host and port of a URL. */
function placeOf(url: string): string {
  try {
    const { hostname, port } = new URL(url);
    return `${hostname || '127.0.0.1'}:${port || 6379}`;
  } catch {
    return 'the given url';
  }
}

/** Milliseconds before the next attempt to connect. */
const attemptAfter = (attempts: number) => Math.min(5 * 2 ** Math.min(attempts, 7), 500);

/**
 * Opens a connection of its own, by ioredis if it is installed, else by redis. Comes before Redis answers: what is sent waits.
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
      retryStrategy: attemptAfter,
      // A connection that is gone already would keep the process for two seconds.
      disconnectTimeout: 100,
    });
    return overIoredis(
      client,
      own(client, url, () => client.disconnect()),
    );
  }
  const redis = await optional(() => import('redis'));
  if (redis) {
    const client = redis.createClient({ url, socket: { reconnectStrategy: attemptAfter } });
    const rest = own(client, url, () => client.destroy());
    // It tries until it is closed; whoever sends a command hears of its trouble.
    client.connect().catch(() => {});
    return overNodeRedis(client, rest);
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

function overIoredis(client: IoredisClient, rest: Rest): Connection {
  return Object.assign(rest, {
    send: (_: string, command: string, args: readonly Argument[]) =>
      client.callBuffer(command, ...args.map(asText)) as Promise<Reply>,
  });
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

function overNodeRedis(client: NodeRedisClient, rest: Rest): Connection {
  const send = sendOf(client);
  return Object.assign(rest, {
    send: (key: string, command: string, args: readonly Argument[]) =>
      send(key, [command, ...args.map(asText)]) as Promise<Reply>,
  });
}

/** The clients take text and Buffers. */
function asText(value: Argument): string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
