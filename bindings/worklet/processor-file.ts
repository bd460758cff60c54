import { hostError } from './options.js';
import type { ProcessorFile } from './processor-name.js';

/** What the package calls the file that a page can serve. */
export const FILE_NAME = 'hiddenstate/worklet/processor.js';

/** A part of the processors' files: code that they have in common is carried once. */
interface Piece {
  readonly text: string;
  /** The end of a file of which this is the last piece. */
  readonly start: string;
}

// Each in a file of its own: a page loads those that it needs, and none if it gives a URL.
const common = (): Promise<Piece> => import('./processor-common-text.js');
const layers = (): Promise<Piece> => import('./processor-layers-text.js');
const vad = (): Promise<Piece> => import('./processor-vad-text.js');
const rest = (): Promise<Piece> => import('./processor-rest-text.js');

const PIECES: Readonly<Record<ProcessorFile, readonly (() => Promise<Piece>)[]>> = {
  layers: [common, layers],
  vad: [common, vad],
  all: [common, layers, vad, rest],
};

/** What a file of processors consists of, in order. */
async function textsOf(file: ProcessorFile): Promise<string[]> {
  const pieces = await Promise.all(PIECES[file].map((load) => load()));
  return [...pieces.map(({ text }) => text), pieces[pieces.length - 1].start];
}

/**
 * Uses the URL of a processor's file: the given one, or that of a Blob, which is let go afterwards.
 *
 * @param use starts to load it
 * @throws {HiddenstateError} if it cannot be loaded
 */
export async function withProcessorFile<T>(
  given: string | URL | undefined,
  file: ProcessorFile,
  who: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  if (given !== undefined) {
    try {
      return await use(String(given));
    } catch (error) {
      throw hostError(
        `${who}: processorUrl: got ${String(given)}, which cannot be loaded (${(error as Error).message}), ` +
          `expected the address of ${FILE_NAME}, served as JavaScript`,
        error,
      );
    }
  }
  const url = URL.createObjectURL(new Blob(await textsOf(file), { type: 'text/javascript' }));
  try {
    return await use(url);
  } catch (error) {
    throw hostError(
      `${who}: got a page that loads no Blob as a script (${(error as Error).message}), expected { processorUrl }: ` +
        `the address where your server has ${FILE_NAME}`,
      error,
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
