/** What the panel does, as a program. */
export function codeOf(order: number, seed: number): string {
  return `import { Autoregression, LatentSymbols, MarkovChain, Naive, NGram, Unbounded } from 'hiddenstate/sequence';
import { gateTrace, gradientFlow } from 'hiddenstate/train';

new Naive({ kind: 'last' }).fit(prices).forecast(25);        // { mean, lower, upper }
new Autoregression({ order: ${order} }).fit(prices).forecast(25);

const symbols = new Set(text);
const naive = new Unbounded({ symbols }).fit(known);          // contexts of any length
const ngram = new NGram({ order: ${order + 1}, symbols }).fit(known);      // looks ${order} back
const markov = new MarkovChain({ symbols, smoothing: 0.05 }).fit(known);

const lstm = await new LatentSymbols({                        // cell: 'rnn' and 'gru' as well
  cell: 'lstm', symbols, hiddenSize: 48, epochs: 60, learningRate: 0.01,
  steps: 48, batch: 8, patience: 12, seed: ${seed},
}).fit(known);
Math.log2(lstm.perplexity(held, { past: known }));            // bits a character
lstm.sample(320, { past: known, seed: 1 }).join('');

const [, layer] = lstm.model.modules;
gradientFlow(layer, { steps: 50, batch: 8 }).logarithms;      // what is left of a gradient
const [{ gates, c }] = gateTrace(layer, input);               // forget, input, cell, output; the belt
`;
}
