/** Smaller memory is copied sooner than it is shared. */
const LEAST_BYTES = 4096;
/** Bytes that are kept for later calls. */
const MOST_KEPT = 2 ** 26;

/** Whether the host shares memory between threads: Node does, a page only if it is cross-origin isolated. */
export function sharesMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  return typeof SharedArrayBuffer === 'function' && crossOriginIsolated !== false;
}

/**
 * Memory that the caller and one thread both see: arguments and results lie in it, and messages carry only where. It is used
 * again, because memory that is new costs the system more than the copy into it.
 */
export class Room {
  /** Buffers that nobody uses, by their size, a power of two. */
  private readonly free = new Map<number, SharedArrayBuffer[]>();
  private kept = 0;

  /** @returns as many floats, whatever is in them; undefined where sharing does not pay */
  take(length: number): Float32Array | undefined {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    if (bytes < LEAST_BYTES) return undefined;
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const buffer = this.free.get(size)?.pop();
    if (buffer) this.kept -= size;
    return new Float32Array(buffer ?? new SharedArrayBuffer(size), 0, length);
  }

  /** Takes memory back that came from `take`, once the thread is done with it; other memory is left alone. */
  giveBack({ buffer }: Float32Array): void {
    if (!(buffer instanceof SharedArrayBuffer) || this.kept + buffer.byteLength > MOST_KEPT) return;
    this.kept += buffer.byteLength;
    const others = this.free.get(buffer.byteLength);
    if (others) others.push(buffer);
    else this.free.set(buffer.byteLength, [buffer]);
  }
}
