import type { Data } from './messages.js';

/** Fewer characters or numbers teach nothing. */
const LEAST_CHARACTERS = 400;
const LEAST_NUMBERS = 60;
/** More than a tab learns in an evening. */
export const MOST_BYTES = 5e6;
const MOST_CHARACTERS = 3000;

/**
 * A text, or a series where nine lines of ten end in a number: the last column of a CSV.
 *
 * @throws {Error} that says what was got and what is expected
 */
export function readData(given: string): Data {
  const text = given.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const ends = (lines.length === 1 ? text.split(/[\s,;]+/) : lines)
    .map(
      (line) =>
        line
          .split(/[,;\t]/)
          .at(-1)
          ?.trim() ?? '',
    )
    .filter((end) => end !== '');
  const values = ends.map(Number).filter(Number.isFinite);
  if (values.length > 0 && values.length >= 0.9 * ends.length) {
    if (values.length < LEAST_NUMBERS)
      throw new Error(`That is a series of ${values.length} numbers. A series needs ${LEAST_NUMBERS} at least.`);
    return { kind: 'series', values: Float32Array.from(values) };
  }
  const characters = [...text];
  if (characters.length < LEAST_CHARACTERS)
    throw new Error(
      `That is a text of ${characters.length} characters. A text needs ${LEAST_CHARACTERS} at least; numbers go one to a line.`,
    );
  const different = new Set(characters).size;
  if (different > MOST_CHARACTERS || text.includes('\0'))
    throw new Error('That is not a text: it holds bytes that no text has. Give a .txt or .csv file in UTF-8.');
  return { kind: 'text', text };
}
