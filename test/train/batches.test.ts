import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../bindings/tensor.js';
import type { Batches } from '../../bindings/train/data/batches.js';
import { splitByTime } from '../../bindings/train/data/series.js';
import { lanes, windows } from '../../bindings/train/data/windows.js';

function count(n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => i);
}

/** Each sequence of a batch by itself. */
function columns({ data, dims }: Tensor): number[][] {
  const [steps, batch] = dims;
  const width = dims[2] ?? 1;
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: steps }, (_, t) => [
      ...data.slice((t * batch + b) * width, (t * batch + b + 1) * width),
    ]).flat(),
  );
}

function epochOf(batches: Batches, epoch: number): { input: number[][]; target: number[][] } {
  const all = Array.from({ length: batches.count }, (_, index) => {
    const { input, target } = batches.at(epoch, index);
    return { input: columns(input), target: columns(target) };
  });
  return { input: all.flatMap(({ input }) => input), target: all.flatMap(({ target }) => target) };
}

describe('windows', () => {
  it('come in time order, the target one later, the last batch smaller', () => {
    const batches = windows(count(12), { steps: 3, batch: 2 });
    expect(batches).toMatchObject({ count: 2, steps: 3, batch: 2, stateful: false });
    expect(epochOf(batches, 0)).toEqual({
      input: [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
      ],
      target: [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    });
    expect(batches.at(0, 1).input.dims).toEqual([3, 1]);
  });

  it('overlap by stride, look further by horizon', () => {
    const { input, target } = epochOf(windows(count(8), { steps: 4, batch: 9, stride: 2, horizon: 2 }), 0);
    expect(input.map(([first]) => first)).toEqual([0, 2]);
    expect(target[1]).toEqual([4, 5, 6, 7]);
  });

  it('are shuffled anew in every epoch, and the same way whenever an epoch comes again', () => {
    const make = () => windows(count(101), { steps: 2, batch: 7, shuffle: 4 });
    const [a, b] = [make(), make()];
    const [first, second] = [epochOf(a, 0), epochOf(a, 1)];
    expect(second).not.toEqual(first);
    expect(second.input.map(String).sort()).toEqual(first.input.map(String).sort());
    expect(epochOf(b, 1)).toEqual(second);
    expect(epochOf(b, 0)).toEqual(first);
  });

  it('of two series side by side', () => {
    const input = { data: count(12), dims: [6, 2] };
    const { target } = windows(input, { steps: 3, batch: 1 }, count(6)).at(0, 1);
    expect([target.dims, ...target.data]).toEqual([[3, 1], 3, 4, 5]);
  });
});

describe('lanes', () => {
  it('go on from batch to batch', () => {
    const batches = lanes(count(26), { steps: 3, batch: 2 });
    expect(batches).toMatchObject({ count: 4, stateful: true });
    const first = Array.from({ length: 4 }, (_, i) => columns(batches.at(0, i).input)[0]).flat();
    const second = Array.from({ length: 4 }, (_, i) => columns(batches.at(0, i).target)[1]).flat();
    expect(first).toEqual([...count(12)]);
    expect(second).toEqual([...count(12)].map((i) => 13 + i));
  });
});

describe('splitByTime', () => {
  it('keeps the latest rows apart', () => {
    const [train, validation] = splitByTime({ data: count(20), dims: [10, 2] }, 0.25);
    expect([train.dims, validation.dims]).toEqual([
      [8, 2],
      [2, 2],
    ]);
    expect(validation.data[0]).toBe(16);
  });
});

describe('batches refuse', () => {
  const cases: [string, () => unknown, string][] = [
    [
      'NaN',
      () => windows(Float32Array.of(1, 2, Number.NaN), { steps: 1, batch: 1 }),
      'got NaN in row 2, expected finite',
    ],
    [
      'a short series',
      () => windows(count(3), { steps: 3, batch: 1 }),
      'got 3 rows, expected at least 4 for one window',
    ],
    ['an empty one', () => lanes(count(0), { steps: 1, batch: 1 }), 'got 0 rows, expected at least 2 for one batch'],
    ['too many lanes', () => lanes(count(9), { steps: 2, batch: 5 }), 'got 9 rows, expected at least 11 for one batch'],
    ['another length', () => lanes(count(9), { steps: 1, batch: 1 }, count(8)), 'target: got 8 rows, expected 9'],
    [
      'a plain array',
      () => windows([1, 2] as never, { steps: 1, batch: 1 }),
      'windows: input: got Array(2), expected a',
    ],
    ['no steps', () => windows(count(9), { batch: 1 } as never), 'steps: got undefined, expected an integer from 1'],
    ['a stride of 0', () => windows(count(9), { steps: 1, batch: 1, stride: 0 }), 'stride: got 0, expected an integer'],
    [
      'three dims',
      () => windows({ data: count(8), dims: [2, 2, 2] }, { steps: 1, batch: 1 }),
      'expected [N] or [N, F]',
    ],
    ['a fraction above 1', () => splitByTime(count(9), 2), 'fraction: got 2, expected a number from 0 to 1'],
    ['an unknown option', () => lanes(count(9), { steps: 1, batch: 1, shuffle: 1 } as never), 'got option "shuffle"'],
  ];

  it.each(cases)('%s', (_, work, message) => expect(work).toThrow(message));
});
