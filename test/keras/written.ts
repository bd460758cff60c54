/** Models that Keras itself wrote and ran, of three versions of Keras 3 and of tf-keras: generator/by_keras.py. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { bytesOf } from './cases.js';

export interface Packed {
  readonly dims: number[];
  readonly data: string;
  readonly type: 'float32' | 'int32';
}

/** What tensorflowjs wrote: the text of model.json, and its shards. */
interface TfjsPacked {
  readonly model: string;
  readonly shards: Readonly<Record<string, string>>;
}

export interface WrittenCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string | TfjsPacked>>;
  readonly feeds: readonly Packed[];
  readonly outputs: readonly Packed[];
}

/** One file for each version. */
export const WRITTEN = ['keras-3.0', 'keras-3.6', 'keras-3.15', 'tf-keras'];

/** What a version wrote. */
export function writtenBy(file: string): { version: string; cases: WrittenCase[] } {
  return JSON.parse(gunzipSync(readFileSync(new URL(`${file}.json.gz`, import.meta.url))).toString());
}

export function numbersOf({ data, type }: Packed): Float32Array | Int32Array {
  const { buffer } = bytesOf(data);
  return type === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
}

/** A model's file or files, for `loadKeras`. */
export function sourceOf(file: string | TfjsPacked) {
  if (typeof file === 'string') return bytesOf(file);
  const shards = Object.entries(file.shards).map(([path, shard]) => [path, bytesOf(shard)] as const);
  return { model: file.model, shards: Object.fromEntries(shards) };
}
