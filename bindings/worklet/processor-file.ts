import { hostError } from './options.js';
import type { ProcessorFile } from './processor-name.js';

/** What the package calls the file that a page can serve. */
export const FILE_NAME = 'hiddenstate/worklet/processor.js';

// Each text in a file of its own: a page loads the one that it needs, and none if it gives a URL.
const TEXTS: Readonly<Record<ProcessorFile, () => Promise<{ readonly text: string }>>> = {
  all: () => import('./processor-text.js'),
  vad: () => import('./processor-vad-text.js'),
  layers: () => import('./processor-layers-text.js'),
};

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
  const { text } = await TEXTS[file]();
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
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
