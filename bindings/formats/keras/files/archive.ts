import { type UnzipFileInfo, unzipSync } from 'fflate';
import { describeValue } from '../../../tensor.js';

/** Deflate cannot do better than one byte for 1032. */
const MAX_RATIO = 1032;

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Inflates some entries of a zip archive. Names are compared with those wanted and used for nothing else; what is not
 * wanted is not inflated.
 *
 * @param wanted names of entries
 * @returns those that are there
 * @throws {RangeError} if an entry claims more than its bytes can inflate to
 * @throws {Error} if the archive is damaged
 */
export function readArchive(bytes: Uint8Array, wanted: readonly string[], who: string): Map<string, Uint8Array> {
  const filter = ({ name, size, originalSize }: UnzipFileInfo): boolean => {
    if (!wanted.includes(name)) return false;
    if (size > bytes.length || originalSize > size * MAX_RATIO) {
      throw new RangeError(
        `${who}: entry ${describeValue(name)}: got a claim of ${originalSize} bytes from ${size}, expected at most ` +
          `${MAX_RATIO} times as many, and no more than the file has`,
      );
    }
    return true;
  };
  try {
    return new Map(Object.entries(unzipSync(bytes, { filter })));
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith(who)) throw error;
    throw new Error(`${who}: got a damaged zip archive (${messageOf(error)}), expected a .keras file`, {
      cause: error,
    });
  }
}

/** What a library threw, shortened. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 80);
}
