import type { Slabs } from '../engine/engine.js';

/** A piece of a tape's memory; it has an address once the plan is carried out. */
export interface Block {
  /** In bytes, a multiple of 16. */
  readonly address: number;
}

/**
 * Collects what the links of a tape need, then takes it as one slab. What links use one after the other, they share.
 */
export class MemoryPlan {
  private readonly blocks: { address: number; floats: number }[] = [];
  private readonly shared = new Map<string, { address: number; floats: number }>();

  /** Asks for floats, rounded up to whole vectors, for as long as the tape lives. */
  reserve(floats: number): Block {
    const block = { address: 0, floats: Math.ceil(floats / 4) * 4 };
    this.blocks.push(block);
    return block;
  }

  /** Asks for floats whose contents last until another link uses them: one block for all that name it alike. */
  share(name: string, floats: number): Block {
    const known = this.shared.get(name);
    if (!known) {
      const block = this.reserve(floats) as { address: number; floats: number };
      this.shared.set(name, block);
      return block;
    }
    known.floats = Math.max(known.floats, Math.ceil(floats / 4) * 4);
    return known;
  }

  /** Takes the memory, zeroed, and says where each block is. */
  carryOut(slabs: Slabs): void {
    let at = slabs.allocate(this.blocks.reduce((sum, { floats }) => sum + floats, 4));
    for (const block of this.blocks) {
      block.address = at;
      at += block.floats * 4;
    }
  }
}
