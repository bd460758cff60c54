import { CliError } from '../cli-error.js';
import { readUpTo } from '../input-file.js';

/** A text by characters or bytes, its end held out. */
export interface Corpus {
  readonly unit: 'character' | 'byte';
  /** Code points, line ends as `\n`; or bytes, each as the code point of its number. */
  readonly known: readonly string[];
  readonly held: readonly string[];
  /** What stands for characters of the held-out part that the known one lacks; undefined if there are none. */
  readonly unknown: string | undefined;
  /** Different characters, the unknown one counted once. */
  readonly alphabetSize: number;
  /** Symbols of the held-out part that the known one lacks, the most frequent first, and how often they come in all. */
  readonly unseen: { readonly count: number; readonly symbols: readonly string[] };
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
export function readCorpus(path: string, share: number, unit: Corpus['unit'] = 'character'): Corpus {
  const symbols = unit === 'byte' ? readBytes(path) : Array.from(decode(path).replaceAll('\r\n', '\n'));
  if (symbols.length < LEAST) {
    const got = symbols.length === 0 ? 'an empty file' : `${symbols.length} ${unit}s`;
    throw new CliError(`${path}: got ${got}, expected a text of at least ${LEAST} ${unit}s`);
  }
  const end = Math.round(symbols.length * (1 - share));
  const [known, held] = [symbols.slice(0, end), symbols.slice(end)];
  const alphabet = new Set(known);
  const unseen = countUnseen(held, alphabet);
  if (unseen.count > 0) alphabet.add(UNKNOWN);
  const unknown = unseen.count > 0 ? UNKNOWN : undefined;
  return { unit, known, held, unknown, alphabetSize: alphabet.size, unseen };
}

function countUnseen(held: readonly string[], alphabet: ReadonlySet<string>): Corpus['unseen'] {
  const counts = new Map<string, number>();
  let count = 0;
  for (const symbol of held) {
    if (alphabet.has(symbol)) continue;
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    count++;
  }
  return { count, symbols: [...counts].sort(([, a], [, b]) => b - a).map(([symbol]) => symbol) };
}

function readBytes(path: string): string[] {
  return Array.from(readUpTo(path, MOST_BYTES), (byte) => String.fromCharCode(byte));
}

/** The text whose UTF-8 some bytes are; where they are none, the sign of replacement. */
export function bytesToText(symbols: readonly string[]): string {
  return new TextDecoder().decode(Uint8Array.from(symbols, (symbol) => symbol.charCodeAt(0)));
}

function decode(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readUpTo(path, MOST_BYTES));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `${path}: got bytes that are no UTF-8, expected a text; convert it first, or read its bytes with --unit byte`,
    );
  }
}
