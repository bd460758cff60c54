import type { Engine, Slabs } from '../engine/engine.js';
import { sizeOf } from './dims.js';
import { STORAGE } from './dtype.js';
import type { TensorValue } from './graph.js';
import { Memory } from './memory.js';

/** Room in wasm memory for constants on their way into a form of an operator's own: kernels copy them from there. */
export class Staging {
  private readonly slabs: Slabs;
  private room = 0;
  private roomBytes = 0;

  constructor(
    engine: Engine,
    private readonly memory: Memory,
    who: string,
  ) {
    this.slabs = engine.slabsFor(this, who);
  }

  /**
   * Brings constants in, in place of those before.
   *
   * @returns their addresses, 0 where there is none
   */
  bring(values: readonly (TensorValue | undefined)[]): number[] {
    let bytes = 0;
    for (const value of values) if (value) bytes += storedBytes(value);
    if (bytes > this.roomBytes) {
      this.room = this.slabs.replace(this.room, bytes / 4);
      this.roomBytes = bytes;
    }
    this.memory.refresh();
    let at = this.room;
    return values.map((value) => {
      if (!value) return 0;
      const address = at;
      store(this.memory, value, address);
      at += storedBytes(value);
      return address;
    });
  }

  /** Gives the memory back. */
  release(): void {
    this.slabs.release();
  }
}

/** Bytes that a constant takes in wasm memory, so that the next one is aligned. */
export function storedBytes({ dtype, dims }: TensorValue): number {
  return Math.max(16, Math.ceil((sizeOf(dims) * STORAGE[dtype].bytes) / 16) * 16);
}

/** Writes a constant's elements. */
export function store(memory: Memory, value: TensorValue, address: number): void {
  const { view } = STORAGE[value.dtype];
  if (!value.pieces) {
    memory[view].set(value.data, Memory.index(address, view));
    return;
  }
  let at = address;
  for (const piece of value.pieces) {
    memory.u8.set(piece, at);
    at += piece.length;
  }
}
