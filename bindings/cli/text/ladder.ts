import {
  type LatentCell,
  LatentSymbols,
  MarkovChain,
  NGram,
  type SymbolModel,
  type SymbolOptions,
  Unbounded,
} from '../../sequence/index.js';
import { type Choice, chooseRungs } from '../choose-rungs.js';

/** What the makers of models are told. */
export interface TextLadderOptions {
  /** Of the n-grams. */
  readonly order: number;
  /** Of the networks. */
  readonly hiddenSize: number | undefined;
  readonly epochs: number | undefined;
  readonly seed: number;
}

/** Is told how far a training has come, from 0 to 1, with its loss so far in bits. */
export type OnTraining = (share: number, bits: number) => void;

/** A rung of the ladder of text. */
export interface TextRung {
  readonly name: string;
  /** Different characters it can tell apart, where there is a limit; beyond it `all` leaves it out. */
  readonly most?: number;
  make(symbols: SymbolOptions, options: TextLadderOptions, onTraining?: OnTraining): SymbolModel;
}

/** Characters whose transitions `MarkovChain` has room for. */
const MOST_OF_MARKOV = 4096;

/** Names of the networks. */
export const LATENT: readonly string[] = ['rnn', 'gru', 'lstm'];

export const TEXT_RUNGS: readonly TextRung[] = [
  { name: 'frequencies', make: (symbols) => new NGram({ ...symbols, order: 1 }) },
  { name: 'markov', most: MOST_OF_MARKOV, make: (symbols) => new MarkovChain(symbols) },
  {
    name: 'witten-bell',
    make: (symbols, { order }) => new NGram({ ...symbols, order, smoothing: 'witten-bell' }),
  },
  { name: 'kneser-ney', make: (symbols, { order }) => new NGram({ ...symbols, order }) },
  { name: 'unbounded', make: (symbols) => new Unbounded(symbols) },
  latent('rnn'),
  latent('gru'),
  latent('lstm'),
];

function latent(cell: LatentCell): TextRung {
  return {
    name: cell,
    make: (symbols, { hiddenSize, epochs, seed }, onTraining) =>
      new LatentSymbols({
        ...{ ...symbols, cell, hiddenSize, epochs, seed },
        onProgress: ({ epoch, batch, batches, epochs: all, loss }) =>
          onTraining?.((epoch + batch / batches) / all, loss / Math.LN2),
      }),
  };
}

/**
 * The rungs a list names.
 *
 * @param list names with commas between them, or `all`
 * @param alphabetSize different characters of the text
 * @throws {CliError} if one is unknown, or the text has too many characters for it
 */
export function chooseTextRungs(list: string, alphabetSize: number): Choice<TextRung> {
  return chooseRungs(list, TEXT_RUNGS, ({ most = alphabetSize }) =>
    alphabetSize > most ? `a text of at most ${most} different characters, got ${alphabetSize}` : undefined,
  );
}
