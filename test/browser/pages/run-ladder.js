import { noise } from './noise.js';
import { toBits } from './run-cases.js';

const PERIOD = 6;
const LEAST = 160;
const CELLS = ['rnn', 'lstm', 'gru'];

/** A season, a trend and some noise. */
const series = Float64Array.from(noise(LEAST), (value, t) => Math.sin((2 * Math.PI * t) / PERIOD) + t / 80 + value / 5);
const text = 'the cat sat on the mat and the rat sat on the cat '.repeat(6);

/**
 * Fits every rung of the ladder, for numbers and for symbols, and asks it everything that the one interface has.
 *
 * @param library the entry hiddenstate/sequence
 * @param engine of fixed bits
 * @returns the answers, as bits of float32
 */
export async function runLadder(library, engine) {
  const { LatentSeries, LatentSymbols, seriesModelFromJSON, symbolModelFromJSON } = library;
  const read = {
    series: (json) =>
      json.type === 'LatentSeries' ? LatentSeries.fromJSON(json, { engine }) : seriesModelFromJSON(json),
    symbols: (json) =>
      json.type === 'LatentSymbols' ? LatentSymbols.fromJSON(json, { engine }) : symbolModelFromJSON(json),
  };
  const numbers = {};
  for (const [name, model] of Object.entries(seriesModels(library, engine))) {
    await model.fit(series);
    const { lower, mean, upper } = model.forecast(5);
    const next = model.predict();
    const again = read.series(JSON.parse(JSON.stringify(model))).predict();
    numbers[name] = toBits(
      Float32Array.from([next.mean, next.variance, again.mean, again.variance, ...lower, ...mean, ...upper]),
    );
    numbers[`${name}/likelihood`] = toBits(Float32Array.of(model.logLikelihood(series), model.perplexity(series)));
    numbers[`${name}/sample`] = toBits(Float32Array.from(model.sample(4, { seed: 1 })));
  }
  for (const [name, model] of Object.entries(symbolModels(library, engine))) {
    await model.fit(text);
    const again = read.symbols(JSON.parse(JSON.stringify(model)));
    numbers[name] = toBits(Float32Array.from([...model.predict('the '), ...again.predict('the ')]));
    numbers[`${name}/forecast`] = toBits(Float32Array.from(model.forecast(3).map(({ probability }) => probability)));
    numbers[`${name}/likelihood`] = toBits(Float32Array.of(model.logLikelihood(text), model.perplexity(text)));
    numbers[`${name}/sample`] = toBits(
      Float32Array.from(model.sample(20, { seed: 1 }), (symbol) => symbol.codePointAt(0)),
    );
  }
  const { order } = library.selectOrder(series, { maxOrder: 8, criterion: 'bic' });
  return { numbers: { ...numbers, order: toBits(Float32Array.of(order)) } };
}

function seriesModels({ Autoregression, LatentSeries, Naive, WholePast }, engine) {
  const naive = ['last', 'drift', 'mean', 'seasonal'].map((kind) => [
    `naive, ${kind}`,
    new Naive({ kind, ...(kind === 'seasonal' ? { period: PERIOD } : {}) }),
  ]);
  const autoregressive = ['ols', 'yule-walker', 'burg'].map((method) => [
    `autoregressive, ${method}`,
    new Autoregression({ order: 6, method }),
  ]);
  const latent = CELLS.map((cell) => [
    `latent, ${cell}`,
    new LatentSeries({ cell, hiddenSize: 6, epochs: 5, steps: 20, engine }),
  ]);
  return Object.fromEntries([
    ...naive,
    ['naive, whole past', new WholePast()],
    ...autoregressive,
    ['markov', new Autoregression({ order: 1 })],
    ...latent,
  ]);
}

function symbolModels({ LatentSymbols, MarkovChain, NGram, Unbounded }, engine) {
  const latent = CELLS.map((cell) => [
    `latent symbols, ${cell}`,
    new LatentSymbols({ cell, hiddenSize: 12, epochs: 3, steps: 16, batch: 4, engine }),
  ]);
  return Object.fromEntries([
    ['unbounded', new Unbounded()],
    ['witten-bell', new NGram({ order: 4, smoothing: 'witten-bell' })],
    ['kneser-ney', new NGram({ order: 4 })],
    ['markov chain', new MarkovChain()],
    ...latent,
  ]);
}
