import type { Slabs } from '../engine/engine.js';

/**
 * Scratch memory of a module, shared by its calls and streams, which run one at a time. It grows to the largest demand
 * and stays there, so that a call of the same size allocates nothing.
 */
export class Workspace {
  /** Where it begins. Read it again after `reserve`. */
  address = 0;
  private floats = 0;

  /** @param slabs the module's account */
  constructor(private readonly slabs: Slabs) {}

  /**
   * Makes room for several arrays at once.
   *
   * @param sizes floats of each, multiples of 4
   * @returns their addresses; contents undefined
   * @throws {RangeError} if memory cannot hold them
   */
  carve(sizes: readonly number[]): number[] {
    this.reserve(sizes.reduce((sum, size) => sum + size, 0));
    let at = this.address;
    return sizes.map((size) => {
      const address = at;
      at += size * 4;
      return address;
    });
  }

  /** Makes sure there is room for so many floats. */
  reserve(floats: number): void {
    if (floats <= this.floats) return;
    this.address = this.slabs.replace(this.address, floats);
    this.floats = floats;
  }
}
