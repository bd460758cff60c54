/**
 * The partition of a key: FNV-1a of its UTF-8 bytes, mixed, modulo the number of partitions. Producers in other languages can
 * compute the same; test vectors are in `test/keyed`.
 *
 * @example
 * ```ts
 * import { partitionOf } from 'hiddenstate/keyed';
 *
 * console.log(partitionOf('pump-7', 16)); // 2
 * ```
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  // The finalizer of MurmurHash3: FNV alone leaves the low bits of short keys poorly mixed.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}

const encoder = new TextEncoder();
