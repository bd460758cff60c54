import { type GoldenTensor, type GRUGolden, type LSTMGolden, loadGoldens, type RNNGolden } from '../golden/read.js';
import { toBits } from './pages/run-cases.js';

export type Golden = RNNGolden | LSTMGolden | GRUGolden;

interface EncodedTensor {
  readonly bits: number[];
  readonly dims: number[];
}

/** A golden case without its expectations, as JSON can carry it: floats as their bits, so that NaN survives. */
export interface EncodedGolden {
  readonly name: string;
  readonly kind: Golden['kind'];
  readonly options: Golden['options'];
  readonly stateDict: Record<string, EncodedTensor>;
  readonly input: EncodedTensor;
  readonly state?: Record<string, EncodedTensor>;
  readonly lengths?: number[];
}

/** The recurrent layers of the golden vectors: all options, sizes and kinds of values. */
export function recurrentGoldens(): Golden[] {
  return [...loadGoldens('rnn'), ...loadGoldens('lstm'), ...loadGoldens('gru')];
}

/** What is sent into a realm to be run there. */
export function encodeGolden({ name, kind, options, stateDict, input, state, lengths }: Golden): EncodedGolden {
  return {
    name,
    kind,
    options,
    stateDict: encodeTensors(stateDict),
    input: encodeTensor(input),
    ...(state && { state: encodeTensors({ ...state }) }),
    ...(lengths && { lengths }),
  };
}

function encodeTensors(tensors: Record<string, GoldenTensor>): Record<string, EncodedTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, encodeTensor(tensor)]));
}

function encodeTensor({ data, dims }: GoldenTensor): EncodedTensor {
  return { bits: toBits(data), dims };
}
