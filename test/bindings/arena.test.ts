import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena, type Slab } from '../../bindings/engine/arena.js';
import { trials } from '../kernels/draw.js';

const PAGE = 65536;

/** The blocks an arena could hand out. */
const freeBlocks = (arena: Arena): Slab[] => (arena as unknown as { free: Slab[] }).free;

/** What an arena can never give: the addresses before its first slab. */
const base = new Arena().allocate(16, 'test').address;

/** Fails unless live slabs and free blocks tile the memory: sorted, apart, nothing lost, no two free neighbours. */
function expectTiling(arena: Arena, live: readonly Slab[]): void {
  const tagged = [
    ...live.map((slab) => ({ ...slab, free: false })),
    ...freeBlocks(arena).map((b) => ({ ...b, free: true })),
  ];
  tagged.sort((a, b) => a.address - b.address);
  let at = base;
  let afterFree = false;
  for (const { address, bytes, free } of tagged) {
    if (address !== at) expect.fail(`a gap or an overlap at ${address}, expected ${at}`);
    if (address % 16 || bytes % 16 || bytes <= 0) expect.fail(`a block of ${bytes} at ${address}`);
    if (free && afterFree) expect.fail(`two free blocks side by side at ${address}`);
    at += bytes;
    afterFree = free;
  }
  expect(at).toBe(arena.memory.buffer.byteLength);
  expect(arena.bytesInUse).toBe(live.reduce((sum, { bytes }) => sum + bytes, 0));
}

describe('the arena', () => {
  it('never hands out the same bytes twice, loses none, and merges all that comes back', () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 40_000 }).map((bytes) => ({ bytes, release: -1 })) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 300_000 }).map((bytes) => ({ bytes, release: -1 })) },
      { weight: 3, arbitrary: fc.nat().map((release) => ({ bytes: 0, release })) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const arena = new Arena();
        const live: Slab[] = [];
        for (const { bytes, release } of operations) {
          if (release < 0) {
            const slab = arena.allocate(bytes, 'test');
            expect(slab.bytes).toBe(Math.ceil(bytes / 16) * 16);
            live.push(slab);
          } else if (live.length) arena.release(live.splice(release % live.length, 1)[0]);
          expectTiling(arena, live);
        }
        for (const slab of live.splice(0)) arena.release(slab);
        expectTiling(arena, live);
        expect(freeBlocks(arena)).toEqual([{ address: base, bytes: arena.memory.buffer.byteLength - base }]);
      }),
      trials('simd', 150),
    );
  });

  it('uses what came back before it grows', () => {
    const arena = new Arena();
    const slabs = Array.from({ length: 100 }, () => arena.allocate(10_000, 'test'));
    const { byteLength } = arena.memory.buffer;
    for (let round = 0; round < 50; round++) {
      for (const slab of slabs.splice(0, 50)) arena.release(slab);
      while (slabs.length < 100) slabs.push(arena.allocate(10_000, 'test'));
    }
    expect(arena.memory.buffer.byteLength).toBe(byteLength);
  });

  it('grows by little more than asked, and seldom', () => {
    const arena = new Arena();
    let growths = 0;
    let asked = 0;
    for (let i = 0; i < 20_000; i++) {
      const { byteLength } = arena.memory.buffer;
      asked += arena.allocate(800, 'test').bytes;
      if (arena.memory.buffer.byteLength !== byteLength) growths++;
    }
    expect(growths).toBeLessThan(100);
    expect(arena.memory.buffer.byteLength).toBeLessThan(asked * 1.13 + 2 * PAGE);
  });

  it.each([0, -16, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 33, 2 ** 60])(
    'refuses %d bytes, and stays as it was',
    (bytes) => {
      const arena = new Arena();
      arena.allocate(100, 'test');
      const before = structuredClone(freeBlocks(arena));
      expect(() => arena.allocate(bytes, 'Who')).toThrow(RangeError);
      expect(() => arena.allocate(bytes, 'Who')).toThrow(/^Who: got .*, expected .*/);
      expect(freeBlocks(arena)).toEqual(before);
      expect(arena.bytesInUse).toBe(112);
      expect(arena.memory.buffer.byteLength).toBe(PAGE);
    },
  );

  it('asks for what is missing only, when the machine will not give more', () => {
    const arena = new Arena();
    const grow = arena.memory.grow.bind(arena.memory);
    arena.allocate(PAGE * 30, 'test');
    const { byteLength } = arena.memory.buffer;
    arena.memory.grow = (pages) => {
      if (pages > 2) throw new RangeError('no');
      return grow(pages);
    };
    const free = freeBlocks(arena).at(-1) as Slab;
    const slab = arena.allocate(free.bytes + PAGE, 'test');
    expect(slab.address).toBe(free.address);
    expect(arena.memory.buffer.byteLength).toBe(byteLength + PAGE);
    expect(() => arena.allocate(PAGE * 9, 'test')).toThrow(/^test: got .*, expected at most /);
  });
});
