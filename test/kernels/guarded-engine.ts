import type { Arena, Slab } from '../../bindings/engine/arena.js';
import type { Engine, Slabs } from '../../bindings/engine/engine.js';

/** Bytes of sentinels on either side of every slab: more than the widest tile of any kernel. */
const ZONE = 256;

/**
 * A NaN of our own at each address: a write changes its bits, and a read that reaches a result makes it NaN. No two alike,
 * because arithmetic hands a NaN's bits on: what was read beyond one slab could be written beyond another unseen.
 */
const sentinel = (address: number): number => 0x7fc00000 | (Math.imul(address, 2654435761) >>> 10);

/** Watches the memory around every slab of an engine. */
export interface Guard {
  /** Addresses of sentinels that something wrote over, now or before their slab was given back. */
  broken(): number[];
  /** How many slabs were watched so far. */
  readonly slabs: number;
}

/**
 * Surrounds every slab that an engine hands out from now on with sentinels, by standing between it and its arena.
 *
 * @param engine fresh; its `bytesInUse` counts the sentinels too
 */
export function guard(engine: Engine): Guard {
  const arena = arenaOf(engine);
  const live = new Set<Slab>();
  const broken: number[] = [];
  let slabs = 0;
  const allocate = arena.allocate.bind(arena);
  const release = arena.release.bind(arena);
  const zone = (start: number) => new Uint32Array(arena.memory.buffer, start, ZONE / 4);
  const fill = (start: number) => {
    zone(start).forEach((_, i, words) => {
      words[i] = sentinel(start + i * 4);
    });
  };
  const inspect = (slab: Slab) => {
    for (const start of [slab.address - ZONE, slab.address + slab.bytes]) {
      const at = zone(start).findIndex((word, i) => word !== sentinel(start + i * 4));
      if (at >= 0) broken.push(start + at * 4);
    }
  };
  arena.allocate = (bytes, who) => {
    const outer = allocate(Math.ceil(bytes / 16) * 16 + 2 * ZONE, who);
    const size = outer.bytes - 2 * ZONE;
    const slab = { address: outer.address + ZONE, bytes: size, usedBytes: size };
    fill(outer.address);
    fill(slab.address + slab.bytes);
    live.add(slab);
    slabs++;
    return slab;
  };
  arena.release = (slab) => {
    if (!live.delete(slab)) throw new Error(`guard: slab at ${slab.address} released twice`);
    inspect(slab);
    release({ address: slab.address - ZONE, bytes: slab.bytes + 2 * ZONE });
  };
  return {
    get slabs() {
      return slabs;
    },
    broken: () => {
      for (const slab of live) inspect(slab);
      return broken;
    },
  };
}

/** The arena behind an engine. */
export function arenaOf(engine: Engine): Arena {
  return (engine as unknown as { arena: Arena }).arena;
}

/** Hands out single buffers for kernels that are called directly. Keep it as long as the buffers. */
export class Buffers {
  private readonly slabs: Slabs;

  constructor(private readonly engine: Engine) {
    this.slabs = engine.slabsFor(this, 'Buffers');
  }

  /** A buffer of zeros; 0 for no floats. */
  zeros(floats: number): number {
    return floats ? this.slabs.allocate(floats) : 0;
  }

  /** A buffer of these floats, rows of `width` padded with `filler` to `stride`. */
  rows(data: ArrayLike<number>, width: number, stride: number, filler = 0): number {
    const rows = data.length / width;
    const address = this.zeros(rows * stride);
    const { f32 } = this.engine;
    f32.fill(filler, address / 4, address / 4 + rows * stride);
    for (let i = 0; i < data.length; i++) {
      f32[address / 4 + Math.floor(i / width) * stride + (i % width)] = data[i];
    }
    return address;
  }

  /** Reads rows back, without what pads them. */
  read(address: number, rows: number, width: number, stride: number): Float32Array {
    const { f32 } = this.engine;
    return Float32Array.from({ length: rows * width }, (_, i) => {
      return f32[address / 4 + Math.floor(i / width) * stride + (i % width)];
    });
  }

  release(): void {
    this.slabs.release();
  }
}
