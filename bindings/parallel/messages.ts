import { type Fault, HiddenstateError, rangeError, typeError } from '../errors.js';

/** What is sent to a worker. */
export interface Request {
  readonly name: string;
  readonly task: unknown;
}

/** What a worker answers: one of the two. */
export interface Reply {
  readonly result?: unknown;
  readonly error?: SentError;
}

/** An error on its way: a structured clone would lose its class and its code. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

/** Readies an error for its way to another thread. */
export function sendError(value: unknown): SentError {
  const { name = 'Error', message = String(value), code = '' } = (value ?? {}) as Partial<SentError>;
  return { name, message, code };
}

const CODE = /^HIDDENSTATE_(.*)$/;

/** The error that was sent, of its own class. */
export function reviveError({ name, message, code }: SentError): Error {
  if (name === 'TypeError') return typeError(message);
  if (name === 'RangeError') return rangeError(message);
  const fault = CODE.exec(code)?.[1];
  return new HiddenstateError((fault ?? 'HOST') as Fault, fault ? message : `${name}: ${message}`);
}

/** The buffers within a message that hold nothing but one of its arrays each: these can change hands and need no copy. */
export function ownBuffers(value: unknown, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value;
    const isWhole = buffer.byteLength === byteLength && byteLength > 0;
    const isShared = Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]';
    if (isWhole && !isShared && !found.includes(buffer as ArrayBuffer)) found.push(buffer as ArrayBuffer);
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) ownBuffers(each, found);
  }
  return found;
}

/** Bytes of all arrays within a message. */
export function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + bytesOf(each), 0);
}
