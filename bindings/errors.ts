/** What kind of fault an error reports: the last part of its `code`. */
export type Fault =
  /** An argument has the wrong type. Thrown as a TypeError. */
  | 'TYPE'
  /** An argument has the right type but a size or value that does not fit. Thrown as a RangeError. */
  | 'RANGE'
  /** The object was disposed or closed before. */
  | 'DISPOSED'
  /** The call comes too early: something must be called before it. */
  | 'ORDER'
  /** The numbers given cannot be computed with: a constant series, a singular matrix. */
  | 'DATA'
  /** A tensor or weight is missing, unknown or not what the model needs. */
  | 'WEIGHTS'
  /** A file, or text in it, cannot be read. */
  | 'FILE'
  /** The library does not do what is asked for. */
  | 'UNSUPPORTED'
  /** The host lacks something: Wasm SIMD, kernels, a package, a place to read from. */
  | 'HOST'
  /** Another worker owns the partition now: what this one computed since was refused, and nothing of it was written. */
  | 'FENCED'
  /** The log no longer has what it had acknowledged. */
  | 'LOST';

/** The `code` of an error of this library. */
export type ErrorCode = `HIDDENSTATE_${Fault}`;

const PREFIX = 'HIDDENSTATE_';

/**
 * An error of this library that is neither a TypeError nor a RangeError. Those two stay what they are, and carry a `code` as
 * well: `HIDDENSTATE_TYPE` and `HIDDENSTATE_RANGE`.
 *
 * @example
 * ```ts
 * import { GRU, HiddenstateError } from 'hiddenstate';
 *
 * const gru = new GRU({ inputSize: 4, hiddenSize: 8 });
 * gru.dispose();
 * try {
 *   gru.forward({ data: new Float32Array(4), dims: [1, 4] });
 * } catch (error) {
 *   if (error instanceof HiddenstateError) console.log(error.code); // HIDDENSTATE_DISPOSED
 * }
 * ```
 */
export class HiddenstateError extends Error {
  /** What kind of fault it is: `HIDDENSTATE_` and one of the words of `Fault`. Stable, unlike the message. */
  readonly code: ErrorCode;

  /** @internal */
  constructor(fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HiddenstateError';
    this.code = `${PREFIX}${fault}`;
  }
}

/** A TypeError with the code of one: an argument of the wrong type. */
export function typeError(message: string, options?: ErrorOptions): TypeError {
  return Object.assign(new TypeError(message, options), { code: `${PREFIX}TYPE` });
}

/** A RangeError with the code of one: a size or value that does not fit. */
export function rangeError(message: string, options?: ErrorOptions): RangeError {
  return Object.assign(new RangeError(message, options), { code: `${PREFIX}RANGE` });
}

/** The error of a use after `dispose()`. */
export function disposedError(who: string, what: string): HiddenstateError {
  return new HiddenstateError('DISPOSED', `${who}: got a disposed ${what}, expected a live one`);
}

/** Whether this library made an error: its message says who, what was got and what was expected. */
export function isOwnError(error: unknown): error is Error & { readonly code: ErrorCode } {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith(PREFIX);
}

/**
 * The message of an error without the name of the function that threw it, for a sentence that names something else.
 *
 * @param who the name the message begins with, if this library made the error
 */
export function reasonOf(error: unknown, who: string): string {
  const { message } = error as Error;
  return isOwnError(error) && message.startsWith(`${who}: `) ? message.slice(who.length + 2) : message;
}
