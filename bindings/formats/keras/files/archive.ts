import { type UnzipFileInfo, unzipSync } from 'fflate';
import { HiddenstateError, isOwnError, rangeError } from '../../../errors.js';
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
 * @throws {RangeError} if a name comes twice, or entries claim more bytes than the file has, or than theirs can inflate to
 * @throws {Error} if the archive is damaged
 */
export function readArchive(bytes: Uint8Array, wanted: readonly string[], who: string): Map<string, Uint8Array> {
  const seen = new Set<string>();
  let taken = 0;
  const filter = ({ name, size, originalSize }: UnzipFileInfo): boolean => {
    if (!wanted.includes(name)) return false;
    // The directory may name one place in the file as often as it likes.
    if (seen.has(name)) throw rangeError(`${who}: got two entries ${describeValue(name)}, expected one`);
    seen.add(name);
    taken += size;
    if (taken > bytes.length || originalSize > size * MAX_RATIO) {
      throw rangeError(
        `${who}: entry ${describeValue(name)}: got a claim of ${originalSize} bytes from ${size}, expected at most ` +
          `${MAX_RATIO} times as many, and all together no more than the file has`,
      );
    }
    return true;
  };
  try {
    return new Map(Object.entries(unzipSync(bytes, { filter })));
  } catch (error) {
    if (isOwnError(error)) throw error;
    throw new HiddenstateError(
      'FILE',
      `${who}: got a damaged zip archive (${messageOf(error)}), expected a .keras file`,
      {
        cause: error,
      },
    );
  }
}

/** What a library threw, shortened. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 80);
}
