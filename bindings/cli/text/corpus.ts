import { CliError } from '../cli-error.js';
import { readUpTo } from '../input-file.js';

/** A text by characters, its end held out. */
export interface Corpus {
  /** Code points, line ends as `\n`. */
  readonly known: readonly string[];
  readonly held: readonly string[];
  /** What stands for characters of the held-out part that the known one lacks; undefined if there are none. */
  readonly unknown: string | undefined;
  /** Different characters, the unknown one counted once. */
  readonly alphabetSize: number;
}

const UNKNOWN = '\uFFFD';
/** Fewer characters say nothing about a model. */
const LEAST = 1000;
/** Larger files would not fit into memory with their models. */
const MOST_BYTES = 1 << 28;

/**
 * Reads a text.
 *
 * @param share of the characters, the last of them, that is held out
 * @throws {CliError} if it cannot be read, is no UTF-8 text, or is too short or too long
 */
export function readCorpus(path: string, share: number): Corpus {
  const characters = Array.from(decode(path).replaceAll('\r\n', '\n'));
  if (characters.length < LEAST) {
    const got = characters.length === 0 ? 'an empty file' : `${characters.length} characters`;
    throw new CliError(`${path}: got ${got}, expected a text of at least ${LEAST} characters`);
  }
  const end = Math.round(characters.length * (1 - share));
  const [known, held] = [characters.slice(0, end), characters.slice(end)];
  const alphabet = new Set(known);
  const lacks = held.some((character) => !alphabet.has(character));
  if (lacks) alphabet.add(UNKNOWN);
  return { known, held, unknown: lacks ? UNKNOWN : undefined, alphabetSize: alphabet.size };
}

function decode(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readUpTo(path, MOST_BYTES));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${path}: got bytes that are no UTF-8, expected a text; convert it first`);
  }
}
