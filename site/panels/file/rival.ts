import type { Feed } from './feeds.js';

/** What is used of onnxruntime-web. */
interface Ort {
  env: { wasm: { numThreads: number; wasmPaths: string } };
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => unknown;
  InferenceSession: { create(bytes: Uint8Array): Promise<{ run(feeds: unknown): Promise<RivalResults> }> };
}

export type RivalResults = Record<string, { readonly data: ArrayLike<number | bigint> }>;

const TYPES = { Float32Array: 'float32', BigInt64Array: 'int64', Int32Array: 'int32', Uint8Array: 'bool' } as const;

/**
 * Fetches onnxruntime-web and makes a session of it, on one thread.
 *
 * @param place the folder of its files on this site
 * @returns runs the model on the feeds
 */
export async function openRival(
  place: string,
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
): Promise<() => Promise<RivalResults>> {
  const ort = (await import(/* @vite-ignore */ `${place}ort.wasm.min.mjs`)) as Ort;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = place;
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => {
      const type = TYPES[data.constructor.name as keyof typeof TYPES];
      return [name, new ort.Tensor(type, data, dims)];
    }),
  );
  const session = await ort.InferenceSession.create(bytes);
  return () => session.run(tensors);
}
