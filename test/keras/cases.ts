/** Reads the small models beside this file, which Keras and tensorflowjs wrote; see generate.py. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Numbers as the file holds them: base64 of float32. */
interface Packed {
  readonly dims: number[];
  readonly data: string;
}

/** One model with inputs and what it must give. */
export interface KerasCase {
  readonly name: string;
  readonly dialect: 2 | 3;
  readonly inputs: Readonly<Record<string, Packed>>;
  readonly outputs: readonly Packed[];
  /** The same model in other formats: base64. */
  readonly files: Readonly<Record<string, string>>;
  /** model.json, and its shards by path in base64. */
  readonly model: { readonly modelTopology: unknown };
  readonly shards: Readonly<Record<string, string>>;
}

const casesOf = (which: string) =>
  JSON.parse(gunzipSync(readFileSync(new URL(`small-${which}.json.gz`, import.meta.url))).toString());

/** Every case that is there as model.json. */
export const CASES: readonly KerasCase[] = [...casesOf('tf-keras'), ...casesOf('keras-3.15')];

/** Files of the first layout of `.keras`. */
export const OF_FIRST_LAYOUT: readonly Omit<KerasCase, 'model' | 'shards'>[] = casesOf('keras-2.13');

/** One case by name. */
export function caseNamed(name: string): KerasCase {
  const found = CASES.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no case ${name}`);
  return found;
}

/** Bytes of base64, in a buffer of their own. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** A tensor of a case. */
export function unpack({ dims, data }: Packed): { data: Float32Array<ArrayBuffer>; dims: number[] } {
  return { data: new Float32Array(bytesOf(data).buffer), dims };
}

/** The inputs of a case as feeds. */
export function feedsOf({ inputs }: Pick<KerasCase, 'inputs'>): Record<string, ReturnType<typeof unpack>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, packed]) => [name, unpack(packed)]));
}

/** A case as TensorFlow.js' files. */
export function tfjsFiles({ model, shards }: KerasCase) {
  return {
    model,
    shards: Object.fromEntries(Object.entries(shards).map(([path, shard]) => [path, bytesOf(shard)])),
  };
}
