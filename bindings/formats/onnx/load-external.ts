import { HiddenstateError, typeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { fetchFile } from '../fetch-file.js';
import { isPlace } from '../is-place.js';
import { type ExternalFiles, insideFolder } from './external-files.js';

/** A file beside a model that holds tensors of it. */
export interface ExternalData {
  /** As the model names it: its path within the model's folder. */
  readonly path: string;
  /** Its bytes, which stay in use and must not change until `dispose()`; or where it is: a URL, in Node also a path. */
  readonly data: Uint8Array | ArrayBuffer | string | URL;
}

/** Node's own modules, which bundlers for browsers do not follow. */
interface Host {
  getBuiltinModule?(name: 'node:fs'): { readonly promises: { realpath(path: string): Promise<string> } } | undefined;
  getBuiltinModule?(
    name: 'node:path',
  ): { dirname(path: string): string; join(...parts: string[]): string; readonly sep: string } | undefined;
  getBuiltinModule?(name: 'node:url'): { fileURLToPath(url: string): string } | undefined;
}

/** Takes in what is given as bytes; for what is left, see `loadExternal`. */
export function provideGiven(external: ExternalFiles, given: readonly ExternalData[], who: string): void {
  if (!Array.isArray(given))
    throw typeError(`${who}: externalData: got ${describeValue(given)}, expected [{ path, data }]`);
  for (const { path, data } of given) {
    if (typeof path !== 'string') {
      throw typeError(
        `${who}: externalData: got path ${describeValue(path)}, expected the name that the model has for the file`,
      );
    }
    const bytes = bytesIn(data);
    if (bytes) external.provide(insideFolder(path, `${who}: externalData`), bytes);
    else if (!isPlace(data)) {
      throw typeError(
        `${who}: externalData: got data ${describeValue(data)}, expected bytes, or a URL or path to them`,
      );
    }
  }
}

/**
 * Gets the files beside a model that nobody gave as bytes.
 *
 * @param source where the model came from; `undefined` if from bytes
 * @throws {RangeError} if a file is too short, too large, or lies outside the model's folder, links followed
 * @throws {Error} if a file cannot be read, or the model came from bytes and it is not in `externalData`
 */
export async function loadExternal(
  external: ExternalFiles,
  source: string | URL | undefined,
  given: readonly ExternalData[],
  maxBytes: number | undefined,
  who: string,
): Promise<void> {
  for (const location of external.missing) {
    const named = given.find(({ path }) => insideFolder(path, who) === location);
    const place = named ? (named.data as string | URL) : await placeBeside(source, location, who);
    external.provide(location, await fetchFile(place, who, maxBytes));
  }
}

async function placeBeside(source: string | URL | undefined, location: string, who: string): Promise<string | URL> {
  const text = source === undefined ? 'data:' : String(source);
  if (/^(data|blob):/i.test(text)) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: got a model whose weights lie in ${describeValue(location)}, expected the option externalData: [{ path, data }], or ` +
        'the model by its path or URL',
    );
  }
  const { process, location: page } = globalThis as {
    readonly process?: Host;
    readonly location?: { readonly href: string };
  };
  const files = process?.getBuiltinModule?.('node:fs');
  if (!files || /^https?:/i.test(text)) {
    return new URL(location.split('/').map(encodeURIComponent).join('/'), new URL(text, page?.href));
  }
  const path = process?.getBuiltinModule?.('node:path') as { dirname(path: string): string } & {
    join(...parts: string[]): string;
    readonly sep: string;
  };
  const url = process?.getBuiltinModule?.('node:url') as unknown as { fileURLToPath(url: string): string };
  const folder = await files.promises.realpath(path.dirname(/^file:/i.test(text) ? url.fileURLToPath(text) : text));
  const full = path.join(folder, location);
  const real = await files.promises.realpath(full).catch((cause: unknown) => {
    throw new HiddenstateError(
      'FILE',
      `${who}: got external data in ${describeValue(full)} that cannot be read, expected the file`,
      {
        cause,
      },
    );
  });
  if (real.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)) return real;
  throw new HiddenstateError(
    'FILE',
    `${who}: got external data in ${describeValue(location)}, a link out of the folder of the model, expected a file in it`,
  );
}

function bytesIn(data: unknown): Uint8Array | undefined {
  const tag = Object.prototype.toString.call(data);
  if (tag === '[object Uint8Array]') return data as Uint8Array;
  return tag === '[object ArrayBuffer]' ? new Uint8Array(data as ArrayBuffer) : undefined;
}
