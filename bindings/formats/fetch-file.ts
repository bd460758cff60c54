import { HiddenstateError } from '../errors.js';
import { describeValue } from '../tensor.js';

/** Schemes that `fetch` knows everywhere. */
const FETCHED = /^(https?|data|blob):$/;

/**
 * Fetches a file.
 *
 * @param place a URL; where there is a page, also relative to it
 * @param who the beginning of error messages
 * @throws {Error} if it cannot be fetched
 */
export async function fetchFile(place: string | URL, who: string): Promise<Uint8Array> {
  const response = await answered(fetch(place), place, who);
  if (response.ok) return new Uint8Array(await answered(response.arrayBuffer(), place, who));
  throw new HiddenstateError(
    'HOST',
    `${who}: ${describeValue(String(place))}: got HTTP status ${response.status}, expected the file`,
  );
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
