import type { Port } from './messages.js';

/** What a run is fed with: the first input gets it, the others zeros. */
export type Fill = 'zeros' | 'noise' | Float32Array;

export interface Feed {
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
  readonly dims: readonly number[];
}

/** Tensors for every input: whole numbers for inputs of whole numbers, which are lengths, ids and rates. */
export function feedsOf(
  inputs: readonly Pick<Port, 'name' | 'type'>[],
  dims: readonly (readonly number[])[],
  fill: Fill,
): Record<string, Feed> {
  const feeds = inputs.map(({ name, type }, i): [string, Feed] => {
    const size = dims[i].reduce((product, extent) => product * extent, 1);
    const data =
      type === 'int64'
        ? new BigInt64Array(size).fill(name === 'sr' ? 16000n : 0n)
        : type === 'int32'
          ? new Int32Array(size)
          : type === 'bool'
            ? new Uint8Array(size)
            : floats(size, i === 0 ? fill : 'zeros');
    return [name, { data, dims: dims[i] }];
  });
  return Object.fromEntries(feeds);
}

function floats(size: number, fill: Fill): Float32Array {
  const data = new Float32Array(size);
  if (fill === 'noise') {
    let state = 1;
    for (let i = 0; i < size; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      data[i] = (state / 2 ** 32 - 0.5) * 0.2;
    }
  } else if (fill !== 'zeros') {
    if (fill.length !== size)
      throw new Error(`the CSV has ${fill.length} numbers, and the dims want ${size}: change the dims or the file`);
    data.set(fill);
  }
  return data;
}
