import {
  type LatentCell,
  LatentSymbols,
  MarkovChain,
  NGram,
  type SymbolModel,
  type SymbolOptions,
  Unbounded,
} from '../../sequence/index.js';
import { CliError } from '../cli-error.js';
import { nearest } from '../nearest.js';

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
  make(symbols: SymbolOptions, options: TextLadderOptions, onTraining?: OnTraining): SymbolModel;
}

/** Names of the networks. */
export const LATENT: readonly string[] = ['rnn', 'gru', 'lstm'];

export const TEXT_RUNGS: readonly TextRung[] = [
  { name: 'frequencies', make: (symbols) => new NGram({ ...symbols, order: 1 }) },
  { name: 'markov', make: (symbols) => new MarkovChain(symbols) },
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
 * @throws {CliError} if one is unknown
 */
export function chooseTextRungs(list: string): readonly TextRung[] {
  if (list === 'all') return TEXT_RUNGS;
  const names = TEXT_RUNGS.map(({ name }) => name);
  return list.split(',').map((text) => {
    const rung = TEXT_RUNGS.find(({ name }) => name === text.trim());
    if (rung) return rung;
    const meant = nearest(text.trim(), names);
    const advice = meant ? `did you mean "${meant}"?` : `expected all, or some of ${names.join(', ')}`;
    throw new CliError(`--models: there is no model ${JSON.stringify(text.trim())}; ${advice}`);
  });
}
