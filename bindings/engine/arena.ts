import { rangeError } from '../errors.js';

const ALIGNMENT = 16;
const PAGE = 65536;
/** A 32-bit wasm memory but its last page: a loop that runs up to the end of a slab must not find it at 2^32, which is 0. */
const LIMIT = 65535 * PAGE;
/** The first addresses stay unused, so that 0 can mean "none" and a debug build has room for its messages. */
const BASE = 16384;

/** A piece of wasm memory; `address` is a multiple of 16. */
export interface Slab {
  readonly address: number;
  readonly bytes: number;
}

/** A slab as it is handed out. */
export interface TakenSlab extends Slab {
  /** Bytes at its beginning that somebody had before; those behind them are zero, as memory that has grown is. */
  readonly usedBytes: number;
}

/**
 * Hands out slabs of one growing WebAssembly.Memory: first fit over a list of free blocks sorted by address, neighbours
 * merged when a slab comes back. Slabs are few and long-lived (one or two a layer, one a stream), so the list is short.
 */
export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  /** Bytes handed out and not yet given back. */
  bytesInUse = 0;
  /** The end of all that was ever handed out. */
  private usedEnd = BASE;
  private readonly free: Slab[] = [{ address: BASE, bytes: PAGE - BASE }];

  /**
   * Takes a slab. Bytes of it that were used before keep their old contents.
   *
   * @param bytes at least 1; rounded up to a multiple of 16
   * @param who the beginning of the error message
   * @throws {RangeError} if a 32-bit memory cannot hold it or the machine has no more; the arena stays usable
   */
  allocate(bytes: number, who: string): TakenSlab {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (!(size > 0 && size <= LIMIT)) throw tooLarge(who, bytes, LIMIT);
    let index = this.free.findIndex((block) => block.bytes >= size);
    if (index < 0) {
      this.grow(size, who);
      index = this.free.length - 1;
    }
    const block = this.free[index];
    if (block.bytes === size) this.free.splice(index, 1);
    else this.free[index] = { address: block.address + size, bytes: block.bytes - size };
    this.bytesInUse += size;
    const { address } = block;
    const usedBytes = Math.min(Math.max(this.usedEnd - address, 0), size);
    this.usedEnd = Math.max(this.usedEnd, address + size);
    return { address, bytes: size, usedBytes };
  }

  /** Gives a slab back. Once only: the owner forgets it. */
  release({ address, bytes }: Slab): void {
    this.bytesInUse -= bytes;
    this.insert(address, bytes);
  }

  private grow(size: number, who: string): void {
    const end = this.memory.buffer.byteLength;
    const last = this.free.at(-1);
    const missing = size - (last && last.address + last.bytes === end ? last.bytes : 0);
    if (end + missing > LIMIT) throw tooLarge(who, size, LIMIT - end + size - missing);
    // An eighth more than asked: a program that opens ten thousand streams detaches its views dozens of times, not thousands.
    const generous = Math.min(Math.max(missing, end / 8), LIMIT - end);
    if (!this.tryGrow(generous) && !this.tryGrow(missing)) throw tooLarge(who, size, size - missing);
    this.insert(end, this.memory.buffer.byteLength - end);
  }

  private tryGrow(bytes: number): boolean {
    try {
      this.memory.grow(Math.ceil(bytes / PAGE));
      return true;
    } catch {
      return false;
    }
  }

  /** Adds a free block where its address belongs and merges it with the neighbours it touches. */
  private insert(address: number, bytes: number): void {
    const { free } = this;
    let low = 0;
    for (let high = free.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (free[middle].address < address) low = middle + 1;
      else high = middle;
    }
    let start = address;
    let end = address + bytes;
    let from = low;
    let to = low;
    if (from > 0 && free[from - 1].address + free[from - 1].bytes === start) start = free[--from].address;
    if (to < free.length && free[to].address === end) end += free[to++].bytes;
    free.splice(from, to - from, { address: start, bytes: end - start });
  }
}

function tooLarge(who: string, bytes: number, available: number): RangeError {
  return rangeError(`${who}: got sizes that need ${bytes} bytes, expected at most ${available} (wasm memory)`);
}
