import type { Buffer } from './planned-value.js';

const ALIGNMENT = 16;

interface Hole {
  at: number;
  bytes: number;
}

/** Lays buffers out in one slab, each where the first hole holds it; what was given back is used again. */
export class SlabLayout {
  /** Bytes of the slab so far. */
  end = 0;
  private readonly holes: Hole[] = [];

  /** Takes room; returns its offset, a multiple of 16. */
  take(bytes: number): number {
    const { holes } = this;
    const size = roundUp(bytes);
    for (let i = 0; i < holes.length; i++) {
      const hole = holes[i];
      if (hole.bytes < size) continue;
      const { at } = hole;
      hole.at += size;
      hole.bytes -= size;
      if (hole.bytes === 0) holes.splice(i, 1);
      return at;
    }
    const last = holes.at(-1);
    const at = last && last.at + last.bytes === this.end ? (holes.pop() as Hole).at : this.end;
    this.end = at + size;
    return at;
  }

  /** Gives room back that was taken with the same size. */
  give(at: number, bytes: number): void {
    const { holes } = this;
    const size = roundUp(bytes);
    let next = 0;
    while (next < holes.length && holes[next].at < at) next++;
    holes.splice(next, 0, { at, bytes: size });
    if (next + 1 < holes.length && at + size === holes[next + 1].at) merge(holes, next);
    if (next > 0 && holes[next - 1].at + holes[next - 1].bytes === at) merge(holes, next - 1);
  }
}

/**
 * Gives every buffer its place.
 *
 * @param buffers in the order in which they come to life
 * @returns bytes of the slab
 */
export function layOut(buffers: readonly Buffer[]): number {
  const layout = new SlabLayout();
  const dying = new Map<number, Buffer[]>();
  let step = -1;
  for (const buffer of buffers) {
    if (buffer.over) continue;
    for (; step < buffer.first; step++) {
      for (const { offset, bytes } of dying.get(step) ?? []) layout.give(offset, bytes);
    }
    buffer.offset = layout.take(buffer.bytes);
    const others = dying.get(buffer.last);
    if (others) others.push(buffer);
    else dying.set(buffer.last, [buffer]);
  }
  for (const buffer of buffers) if (buffer.over) buffer.offset = buffer.over.offset;
  return layout.end;
}

function merge(holes: Hole[], index: number): void {
  holes[index].bytes += holes[index + 1].bytes;
  holes.splice(index + 1, 1);
}

function roundUp(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
}
