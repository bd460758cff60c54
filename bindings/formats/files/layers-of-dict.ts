import { HiddenstateError } from '../../errors.js';
import { type Engine, GRU, Linear, LSTM, type Module, RNN, Sequential } from '../../index.js';
import { describeValue, type StateDict } from '../../tensor.js';
import { type RecognisedLayer, recogniseLayers } from './recognise-layers.js';

/** Layers that a dict alone tells how to make; whether a matrix without a bias is an Embedding it does not tell. */
const MAKERS: Readonly<Record<string, (dict: StateDict, prefix: string, engine: Engine) => Module>> = {
  LSTM: (dict, prefix, engine) => LSTM.fromStateDict(dict, { prefix, engine }),
  GRU: (dict, prefix, engine) => GRU.fromStateDict(dict, { prefix, engine }),
  RNN: (dict, prefix, engine) => RNN.fromStateDict(dict, { prefix, engine }),
  Linear: (dict, prefix, engine) => Linear.fromStateDict(dict, { prefix, engine }),
};

/**
 * Makes the layers of a state dict, in the order in which they are named.
 *
 * @param names what the names of their tensors begin with, `['rec', 'head']`; a dot at the end may be left out
 * @throws {HiddenstateError} if none are named, or one is not there: the message lists those that are
 */
export function layersOfDict(
  dict: StateDict,
  names: readonly string[] | undefined,
  engine: Engine,
  who: string,
): Sequential {
  const tensors = Object.entries(dict).map(([name, { dims }]) => ({ name, shape: dims, dtype: 'F32' }));
  const found = recogniseLayers(tensors).filter(({ type }) => Object.hasOwn(MAKERS, type));
  if (names === undefined || names.length === 0) throw unnamed(found, who);
  const made: Module[] = [];
  try {
    for (const name of names) {
      const layer = found.find(({ prefix }) => prefix === name || prefix === `${name}.`);
      if (!layer) throw unknownLayer(name, found, who);
      made.push(MAKERS[layer.type](dict, layer.prefix, engine));
    }
    return new Sequential(made);
  } catch (error) {
    for (const module of made) module.dispose();
    throw error;
  }
}

function unnamed(found: readonly RecognisedLayer[], who: string): HiddenstateError {
  return new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got a file of weights, which does not say how its layers follow each other, expected { layers: [names in order] }; ` +
      `it holds ${listed(found)}`,
  );
}

function unknownLayer(name: string, found: readonly RecognisedLayer[], who: string): HiddenstateError {
  return new HiddenstateError('WEIGHTS', `${who}: got layer ${describeValue(name)}, expected one of ${listed(found)}`);
}

function listed(found: readonly RecognisedLayer[]): string {
  if (found.length === 0) return 'no layers that are known here';
  const shown = found.slice(0, 8).map(({ prefix, type }) => `${describeValue(prefix.replace(/\.$/, ''))} (${type})`);
  return shown.join(', ') + (found.length > 8 ? ` and ${found.length - 8} more` : '');
}
