const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_SIZE = 22;
const MOST = 4096;

/**
 * The names in a zip archive's directory, to tell what the archive is: nothing of it is checked or read.
 * `undefined` where there is no directory, as in a file that was cut off.
 */
export function zipNames(bytes: Uint8Array): string[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_SIZE;
  const first = Math.max(0, end - 0xffff);
  while (end >= first && view.getUint32(end, true) !== END) end--;
  if (end < first || end < 0) return undefined;
  const names: string[] = [];
  // Archives beyond four gigabytes keep this in another record: there the directory ends where that record begins.
  for (let at = view.getUint32(end + 16, true); at + 46 <= end && names.length < MOST; ) {
    if (view.getUint32(at, true) !== CENTRAL) break;
    const length = view.getUint16(at + 28, true);
    names.push(String.fromCharCode(...bytes.subarray(at + 46, Math.min(end, at + 46 + Math.min(length, 1024)))));
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return names;
}
