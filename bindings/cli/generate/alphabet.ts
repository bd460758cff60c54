import type { Sequential } from '../../index.js';
import { CliError } from '../cli-error.js';

/** The character that stands, in a vocabulary, for all characters that it lacks. */
const UNKNOWN = '\uFFFD';

/** The characters a model knows, and how it takes them. */
export interface Alphabet {
  /** Entry k is what output k of the model stands for. */
  readonly characters: readonly string[];
  /** What an entry stands for: a character, or a byte of a text in UTF-8. */
  readonly unit: 'character' | 'byte';
  /** The entry for characters it lacks, or −1. It is read, but never written. */
  readonly unknown: number;
  /** Where a text without a prompt begins: at a line break, or at the first entry. */
  readonly start: number;
  /** Puts entry `index` into the model's input: the index itself, or a one among zeros. */
  encode(index: number, x: Float32Array): void;
  /**
   * The text of entries, one after the other: of bytes once those of a character are there.
   *
   * @returns gives the next entry's text; called without one, what is left of a character
   */
  writing(): (index?: number) => string;
  /**
   * The entries of a text.
   *
   * @throws {CliError} if the vocabulary lacks a character and has none for the unknown
   */
  indicesOf(text: string): number[];
}

/**
 * Reads the vocabulary in a model's metadata.
 *
 * @param path of the model, for messages
 * @throws {CliError} if there is none, or the model's input and output are not made for it
 */
export function alphabetOf(model: Sequential, path: string): Alphabet {
  const characters = parseVocabulary(model.metadata.vocabulary, path);
  const size = characters.length;
  const index = new Map(characters.map((character, k) => [character, k]));
  const [first] = model.modules;
  const unit = model.metadata.unit === 'byte' ? 'byte' : 'character';
  const takesIndex = first.type === 'Embedding';
  const inputs = takesIndex ? (first.config.numEmbeddings as number) : model.inputSize;
  for (const [kind, got] of Object.entries({ input: inputs, output: model.outputSize })) {
    if (got === size) continue;
    throw new CliError(`${path}: got a vocabulary of ${size} and ${kind} for ${got}, expected as many of each`);
  }
  return {
    characters,
    unknown: index.get(UNKNOWN) ?? -1,
    start: index.get('\n') ?? 0,
    encode: takesIndex ? encodeIndex : encodeOneHot,
    unit,
    writing: () => (unit === 'byte' ? writingBytes(characters) : (k) => (k === undefined ? '' : characters[k])),
    indicesOf: (text) => symbolsOf(text, unit).map((symbol) => findSymbol(index, symbol, unit)),
  };
}

function symbolsOf(text: string, unit: Alphabet['unit']): string[] {
  if (unit === 'character') return Array.from(text);
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
}

/** Bytes that are no UTF-8 become the sign of replacement. */
function writingBytes(symbols: readonly string[]): (index?: number) => string {
  const decoder = new TextDecoder();
  return (index) => {
    if (index === undefined) return decoder.decode();
    return decoder.decode(Uint8Array.of(symbols[index].charCodeAt(0)), { stream: true });
  };
}

function encodeIndex(index: number, x: Float32Array): void {
  x[0] = index;
}

function encodeOneHot(index: number, x: Float32Array): void {
  x.fill(0);
  x[index] = 1;
}

function findSymbol(index: ReadonlyMap<string, number>, symbol: string, unit: Alphabet['unit']): number {
  const found = index.get(symbol) ?? index.get(UNKNOWN);
  if (found !== undefined) return found;
  const code = (symbol.codePointAt(0) as number).toString(16).toUpperCase();
  const named =
    unit === 'byte' ? `the byte 0x${code.padStart(2, '0')}` : `${JSON.stringify(symbol)} (U+${code.padStart(4, '0')})`;
  throw new CliError(
    `--prompt: the model does not know ${named}; leave it out, or see the vocabulary with "hiddenstate inspect"`,
  );
}

function parseVocabulary(text: string | undefined, path: string): string[] {
  if (text === undefined) {
    throw new CliError(
      `${path}: got no "vocabulary" in its metadata, expected a model of text; use "hiddenstate run" for one of numbers`,
    );
  }
  const parsed = parseJson(text);
  if (Array.isArray(parsed) && parsed.length > 0 && new Set(parsed).size === parsed.length) {
    if (parsed.every((entry) => typeof entry === 'string' && entry !== '')) return parsed;
  }
  throw new CliError(`${path}: got another "vocabulary" in its metadata than a JSON array of different characters`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
