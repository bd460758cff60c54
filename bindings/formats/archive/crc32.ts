/** The polynomial of CRC-32, bits reversed (PKWARE's APPNOTE 4.4.7). */
const POLYNOMIAL = 0xedb88320;
/** Bytes taken in one turn of the loop, each through a table of its own ("slicing by 8", Kounavis and Berry 2005). */
const SLICES = 8;

let tables: Int32Array | undefined;

/** Table k holds, at index b, the CRC of byte b followed by k zeros. */
function slicingTables(): Int32Array {
  const made = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let i = 256; i < made.length; i++) made[i] = (made[i - 256] >>> 8) ^ made[made[i - 256] & 0xff];
  return made;
}

/** The CRC-32 of some bytes, as zip archives note it. */
export function crc32(bytes: Uint8Array): number {
  tables ??= slicingTables();
  const t = tables;
  let crc = -1;
  let at = 0;
  for (const end = bytes.length - (SLICES - 1); at < end; at += SLICES) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc =
      t[1792 + (crc & 0xff)] ^
      t[1536 + ((crc >>> 8) & 0xff)] ^
      t[1280 + ((crc >>> 16) & 0xff)] ^
      t[1024 + (crc >>> 24)] ^
      t[768 + bytes[at + 4]] ^
      t[512 + bytes[at + 5]] ^
      t[256 + bytes[at + 6]] ^
      t[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = t[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
