import { rangeError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import { fetchFile, urlOf } from '../../fetch-file.js';
import { Fields } from '../config/fields.js';
import { parseJson } from './json.js';
import { shardPaths } from './tfjs-weights.js';

/** A TensorFlow.js layers model: `model.json` and the bytes of its shards by the paths it names. */
export interface TfjsFiles {
  /** Text, bytes, or what JSON.parse made of them. */
  readonly model: unknown;
  readonly shards: Readonly<Record<string, Uint8Array | ArrayBuffer>>;
}

/**
 * Fetches a model: a `.keras` or `.h5` file, or a `model.json` with the shards that lie beside it.
 *
 * @param maxBytes of each file
 * @throws {Error} if a file cannot be fetched
 */
export async function fetchSource(url: string | URL, who: string, maxBytes?: number): Promise<Uint8Array | TfjsFiles> {
  const bytes = await fetchFile(url, who, maxBytes);
  // JSON begins with a brace, which no archive and no HDF5 file does.
  if (!startsWithBrace(bytes)) return bytes;
  const model = parseJson(bytes, `${who}: model.json`);
  const paths = shardPaths(new Fields(model, `${who}: model.json`).list('weightsManifest'), who);
  const shards = await Promise.all(
    paths.map(async (path) => [path, await fetchFile(shardUrl(path, url, who), who, maxBytes)] as const),
  );
  return { model, shards: Object.fromEntries(shards) };
}

/** Beside the model, and nowhere else: a manifest is no reason to ask other servers. */
function shardUrl(path: string, model: string | URL, who: string): URL {
  try {
    const base = urlOf(model);
    const url = new URL(path, base);
    if (url.href.startsWith(new URL('.', base).href)) return url;
  } catch {
    // A data: or blob: URL lies in no folder, and not every path makes a URL.
  }
  throw rangeError(`${who}: got shard path ${describeValue(path)}, expected one beside model.json`);
}

function startsWithBrace(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  return first === 0x7b;
}
