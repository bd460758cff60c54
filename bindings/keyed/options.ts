import { rangeError, typeError } from '../errors.js';
import { assertOptions, assertSize, refuse } from '../options.js';
import type { Streaming } from '../streaming.js';
import { describeValue } from '../tensor.js';
import type { Log, LogEvent, Notice } from './log.js';
import { LONGEST_VERSION, type StateFormat } from './state-record.js';

/** A model whose streams advance many sequences together: a layer, a Sequential, what `openModel`, `loadOnnx` and `loadKeras` give. */
export interface KeyedModel {
  /** Opens a stream of `batch` lanes. */
  stream(options: { batch: number }): Streaming<unknown>;
}

/** An event with its key. */
export interface KeyedEvent extends LogEvent {
  readonly key: string;
}

/** What `encode` makes of an event. */
export interface Encoded {
  /** The key of its state, if the producer gave another key or none. Events of one key must be in one partition. */
  readonly key?: string;
  /** inputSize numbers. */
  readonly x: ArrayLike<number>;
}

/** A result to be written: bytes and text are written as they are, floats as their bytes, anything else as JSON. */
export type ResultValue = Uint8Array | Float32Array | string | object | number | boolean | null;

/** A state that another version of the model left. */
export interface OldState {
  readonly key: string;
  /** The version that made it. */
  readonly from: string;
  readonly to: string;
  /** Its floats, one tensor after the other, in the order in which the old model's `stateOf` gave them. */
  readonly values: Float32Array;
}

/**
 * What to do with states of another version: `refuse` stops with an error, `keep` goes on with them, `reset` begins from zeros, a
 * function returns the floats to continue with, or undefined for zeros. It may be called again for the same state and must then
 * return the same floats.
 */
export type StatePolicy = 'refuse' | 'keep' | 'reset' | ((state: OldState) => Float32Array | undefined);

/** Options of `runKeyed`. */
export interface RunKeyedOptions {
  /** Stays the caller's. Workers that shall give the same bits need the same build of the kernels: `createEngine({ simd: 'baseline' })`. */
  model: KeyedModel;
  log: Log;
  /** Turns an event into an input. If it throws, the event is set aside. Default: reads the event's value as floats. */
  encode?: (event: LogEvent) => Encoded;
  /**
   * Turns an output into a result; undefined for none. `y` is valid during the call only: copy what you keep. If it throws, the
   * event is set aside, but its step has been taken. Default: the floats of `y`.
   */
  decode?: (y: Float32Array, event: KeyedEvent) => ResultValue | undefined;
  /** Stops cleanly: what was begun is committed, partitions are given back. */
  signal?: AbortSignal;
  /** What this worker is called in listings. Default `worker`. */
  name?: string;
  /** The version of the model: a short text that changes when the model does. Default ''. */
  version?: string;
  /** What to do with states of another version. Default `refuse`. */
  states?: StatePolicy;
  /** How states are kept. With `float16` and `int8` every step rounds them, so that results do not depend on when a state was saved. */
  stateFormat?: StateFormat;
  /** How many keys are held in memory; the others wait in the log. Default 4096. */
  lanes?: number;
  /** A key without events for longer than this begins anew, in milliseconds of the log's clock. Never unless given. */
  ttl?: number;
  /** Events of one commit, at most. Default 512. */
  batch?: number;
  /** How long this worker may be silent before others take its partitions, in milliseconds. Default 3000. */
  lease?: number;
  /** Results of a partition that may wait for readers before the worker waits too. Default 1 000 000. */
  maxUnread?: number;
  /** Events with more bytes are set aside. Default 1 MB. */
  maxBytes?: number;
  /** Called with events worth logging that need no action. */
  onNotice?: (notice: Notice) => void;
}

const NAMES = [
  'model',
  'log',
  'encode',
  'decode',
  'signal',
  'name',
  'version',
  'states',
  'stateFormat',
  'lanes',
  'ttl',
  'batch',
  'lease',
  'maxUnread',
  'maxBytes',
  'onNotice',
];

/** The options with defaults filled in. */
export type Settings = Required<Omit<RunKeyedOptions, 'signal' | 'ttl'>> & Pick<RunKeyedOptions, 'signal' | 'ttl'>;

/**
 * @throws {TypeError | RangeError} if an option does not fit
 */
export function settingsOf(options: RunKeyedOptions): Settings {
  const who = 'runKeyed';
  assertOptions(options, NAMES, who);
  const { model, log, signal, ttl } = options;
  if (typeof model?.stream !== 'function')
    throw typeError(`${who}: model: got ${describeValue(model)}, expected a model with a stream`);
  if (typeof log?.join !== 'function')
    throw typeError(`${who}: log: got ${describeValue(log)}, expected memoryLog() or redisLog(…)`);
  const {
    encode = encodeFloats,
    decode = (y: Float32Array) => y,
    name = 'worker',
    version = '',
    states = 'refuse',
    stateFormat = 'float32',
    lanes = 4096,
    batch = 512,
    lease = 3000,
    maxUnread = 1_000_000,
    maxBytes = 1 << 20,
    onNotice = () => {},
  } = options;
  for (const [what, value] of Object.entries({ encode, decode, onNotice })) {
    if (typeof value !== 'function')
      throw typeError(`${who}: ${what}: got ${describeValue(value)}, expected a function`);
  }
  for (const [what, value] of Object.entries({ name, version })) {
    if (typeof value !== 'string') throw typeError(`${who}: ${what}: got ${describeValue(value)}, expected a string`);
  }
  if (new TextEncoder().encode(version).length > LONGEST_VERSION) {
    throw rangeError(`${who}: version: got ${describeValue(version)}, expected at most ${LONGEST_VERSION} bytes`);
  }
  if (/[#|\s]/.test(name)) throw rangeError(`${who}: name: got ${describeValue(name)}, expected no spaces, # and |`);
  if (typeof states !== 'function' && !['refuse', 'keep', 'reset'].includes(states)) {
    refuse(states, 'string', `${who}: states`, '"refuse", "keep", "reset" or a function');
  }
  if (!['float32', 'float16', 'int8'].includes(stateFormat)) {
    refuse(stateFormat, 'string', `${who}: stateFormat`, '"float32", "float16" or "int8"');
  }
  assertSize(lanes, `${who}: lanes`);
  assertSize(batch, `${who}: batch`, 1, 100_000);
  assertSize(lease, `${who}: lease`, 100);
  assertSize(maxUnread, `${who}: maxUnread`);
  assertSize(maxBytes, `${who}: maxBytes`);
  if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0))
    refuse(ttl, 'number', `${who}: ttl`, 'milliseconds above 0');
  return {
    model,
    log,
    encode,
    decode,
    signal,
    name,
    version,
    states,
    stateFormat,
    lanes,
    ttl,
    batch,
    lease,
    maxUnread,
    maxBytes,
    onNotice,
  };
}

/** Bytes of an event as floats, and the same memory as bytes. */
let floats = new Float32Array(64);
let bytes = new Uint8Array(floats.buffer);

/**
 * The floats of an event, little-endian. Copied by way of memory that is kept: a view of each event's own memory takes longer, as
 * the engine gives a short array memory of its own only when asked.
 */
function encodeFloats({ value }: LogEvent): Encoded {
  if (value.length % 4 !== 0) throw rangeError(`got ${value.length} bytes, expected floats of 4 bytes`);
  if (value.length > bytes.length) {
    floats = new Float32Array(value.length / 2);
    bytes = new Uint8Array(floats.buffer);
  }
  bytes.set(value);
  const x = new Float32Array(value.length / 4);
  for (let i = 0; i < x.length; i++) x[i] = floats[i];
  return { x };
}
