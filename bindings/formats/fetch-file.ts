import { describeValue } from '../describe-value.js';
import { HiddenstateError, rangeError } from '../errors.js';

/** Schemes that `fetch` knows everywhere. */
const FETCHED = /^(https?|data|blob):$/;

interface Files {
  readonly promises: { readFile(path: string | URL): Promise<Uint8Array> };
}

/** Node's own way to a built-in module, which bundlers for browsers do not follow. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: 'node:fs'): Files | undefined;
    getBuiltinModule?(name: 'node:url'): { pathToFileURL(path: string): URL } | undefined;
  };
  readonly location?: { readonly href: string };
}

const host = (): Host => globalThis as unknown as Host;

/**
 * Gets a file.
 *
 * @param place a URL; where there is a page, also relative to it; in Node also a path
 * @param who the beginning of error messages
 * @param maxBytes that it may have; the transfer ends when more come
 * @throws {RangeError} if it is larger
 * @throws {Error} if it cannot be fetched
 */
export async function fetchFile(
  place: string | URL,
  who: string,
  maxBytes: number = MOST_FETCHED,
): Promise<Uint8Array> {
  const files = host().process?.getBuiltinModule?.('node:fs');
  if (files && !/^(https?|data|blob):/i.test(String(place))) return readFrom(files, place, who);
  const response = await answered(fetch(place), place, who);
  if (response.ok) return readBody(response, place, who, maxBytes);
  throw new HiddenstateError(
    'HOST',
    `${who}: ${describeValue(String(place))}: got HTTP status ${response.status}, expected the file`,
  );
}

/** Unless a caller says otherwise: more than wasm memory could hold as weights. */
const MOST_FETCHED = 2 ** 31;

/** The body, counted while it comes: a server may send without end, and says what it likes about the length. */
async function readBody(response: Response, place: string | URL, who: string, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(await answered(response.arrayBuffer(), place, who));
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await answered(reader.read(), place, who);
    if (done) break;
    length += value.length;
    pieces.push(value);
    if (length <= maxBytes) continue;
    await reader.cancel().catch(() => {});
    throw rangeError(
      `${who}: ${describeValue(String(place))}: got more than ${maxBytes} bytes, expected at most so many: see maxBytes`,
    );
  }
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * The URL of a place, as `fetchFile` takes it.
 *
 * @throws {TypeError} if it is none
 */
export function urlOf(place: string | URL): URL {
  const { process, location } = host();
  const isPath = typeof place === 'string' && !/^[a-z][a-z+.-]+:/i.test(place);
  const toUrl = isPath ? process?.getBuiltinModule?.('node:url')?.pathToFileURL : undefined;
  return toUrl ? toUrl(place as string) : new URL(place, location?.href);
}

async function readFrom({ promises }: Files, place: string | URL, who: string): Promise<Uint8Array> {
  try {
    return await promises.readFile(typeof place === 'string' && !/^file:/i.test(place) ? place : new URL(place));
  } catch (error) {
    const { message } = error as Error;
    const shown = describeValue(String(place));
    throw new HiddenstateError('HOST', `${who}: got ${shown} that cannot be read (${message})`, { cause: error });
  }
}

/** What comes, or an error of ours: `fetch` rejects with little more than that it failed. */
async function answered<Result>(answer: Promise<Result>, place: string | URL, who: string): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    const shown = describeValue(String(place));
    if (!isFetched(place)) {
      throw new HiddenstateError(
        'HOST',
        `${who}: got ${shown}, a path that is no URL, expected a URL, or the bytes that readFile gives`,
        {
          cause: error,
        },
      );
    }
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
    throw new HiddenstateError('HOST', `${who}: ${shown}: got no answer (${reason.slice(0, 120)}), expected the file`, {
      cause: error,
    });
  }
}

function isFetched(place: string | URL): boolean {
  const { location } = globalThis as { location?: { href: string } };
  try {
    return FETCHED.test(new URL(place, location?.href).protocol);
  } catch {
    return false;
  }
}
