import { createEngine, GRU, LSTM, type Module, RNN, type Sequential, type StateDict } from 'hiddenstate';
import type { LatentSymbols, SymbolModel } from 'hiddenstate/sequence';
import { gateTrace, gradientFlow } from 'hiddenstate/train';
import type { Text } from './machines.js';
import { TEXT_NETWORK } from './machines.js';
import type { Cell, Finding, Trace } from './messages.js';

/** How far back influence and gradient are followed, and over how many places of the text they are averaged. */
export const DISTANCES = 40;
export const STEPS = 50;
const PLACES = 24;
const SEQUENCES = 8;

const engine = createEngine({ simd: 'baseline' });
const LAYERS = { rnn: RNN, lstm: LSTM, gru: GRU } as const;

/**
 * How strongly a character moves the guess, by how far back it lies: the total variation between the guesses with the text
 * as it is and with that character replaced, a mean over places of the held-out text.
 */
export function influenceOf(model: SymbolModel, { known, held }: Text): number[] {
  const all = [...known, ...held];
  const longest = 2 * DISTANCES;
  const sums = new Array<number>(DISTANCES).fill(0);
  for (let place = 0; place < PLACES; place++) {
    const end = known.length + Math.floor((place * held.length) / PLACES);
    const past = all.slice(end - longest, end);
    const guess = model.predict(past);
    for (let distance = 1; distance <= DISTANCES; distance++) {
      const changed = [...past];
      const at = past.length - distance;
      // Another character of the same text, the same for every model.
      changed[at] = all[(end * 7 + distance * 13) % known.length];
      if (changed[at] === past[at]) changed[at] = past[at] === ' ' ? all[0] : ' ';
      const other = model.predict(changed);
      sums[distance - 1] += guess.reduce((sum, p, i) => sum + Math.abs(p - other[i]), 0) / 2 / PLACES;
    }
  }
  return sums;
}

/**
 * The gradient with respect to the whole state, h and c, after so many steps back, as the decimal logarithm of its share of
 * what it began with. The layer reads the text; its recurrent weights are multiplied and its forget gate is opened first.
 *
 * @param network learnt, or undefined for fresh weights
 */
export function flowOf(
  cell: Cell,
  network: LatentSymbols | undefined,
  text: Text,
  { scale, forget, seed }: { readonly scale: number; readonly forget: number; readonly seed: number },
): number[] {
  const { hiddenSize } = TEXT_NETWORK;
  const input = network ? embedded(network.model, text) : undefined;
  const options = { inputSize: hiddenSize, hiddenSize, seed, engine };
  const layer = new LAYERS[cell](options);
  try {
    const dict = network ? layerOf(network.model).stateDict() : layer.stateDict();
    layer.loadStateDict(opened(cell, multiplied(dict, scale), forget, hiddenSize));
    const { logarithms } = gradientFlow(layer, { steps: STEPS, batch: SEQUENCES, seed, ...(input && { input }) });
    const whole = Array.from(logarithms.h[0], (h, t) => addLogarithms(h, logarithms.c?.[0][t]));
    return whole.map((value) => value - whole[0]);
  } finally {
    layer.dispose();
  }
}

function multiplied(dict: StateDict, scale: number): StateDict {
  const { weight_hh_l0: recurrent } = dict;
  return { ...dict, weight_hh_l0: { ...recurrent, data: recurrent.data.map((value) => value * scale) } };
}

/** Adds to the bias of the forget gate, the second of four in torch.nn's order; other cells have none. */
function opened(cell: Cell, dict: StateDict, forget: number, size: number): StateDict {
  const { bias_ih_l0: bias } = dict;
  if (cell !== 'lstm') return dict;
  const data = bias.data.map((value, i) => (i >= size && i < 2 * size ? value + forget : value));
  return { ...dict, bias_ih_l0: { ...bias, data } };
}

/** log₁₀ √(10^2a + 10^2b) */
function addLogarithms(a: number, b = Number.NEGATIVE_INFINITY): number {
  const most = Math.max(a, b);
  return Number.isFinite(most) ? most + Math.log10(Math.hypot(10 ** (a - most), 10 ** (b - most))) : most;
}

/** Pieces of the text that was learnt from, as the layer reads them: [T, B, H]. */
function embedded(model: Sequential, { known, symbols }: Text) {
  const { weight } = model.modules[0].stateDict();
  const [, size] = weight.dims;
  const data = new Float32Array(STEPS * SEQUENCES * size);
  for (let b = 0; b < SEQUENCES; b++) {
    const from = Math.floor((b * (known.length - STEPS)) / SEQUENCES);
    for (let t = 0; t < STEPS; t++) {
      const id = symbols.indexOf(known[from + t]);
      data.set(weight.data.subarray(id * size, (id + 1) * size), (t * SEQUENCES + b) * size);
    }
  }
  return { data, dims: [STEPS, SEQUENCES, size] };
}

function layerOf(model: Sequential): Module {
  return model.modules[1];
}

/** Gates and states of a learnt network along the held-out text. */
export function traceOf(network: LatentSymbols, { held, symbols }: Text): Trace {
  const { model } = network;
  const { weight } = model.modules[0].stateDict();
  const [, units] = weight.dims;
  const data = new Float32Array(held.length * units);
  held.forEach((symbol, t) => {
    const id = symbols.indexOf(symbol);
    data.set(weight.data.subarray(id * units, (id + 1) * units), t * units);
  });
  const [{ gates, h, c }] = gateTrace(layerOf(model) as RNN | LSTM | GRU, { data, dims: [held.length, units] });
  const values = Object.fromEntries(
    Object.entries({ ...gates, h, ...(c && { c }) }).map(([name, tensor]) => [name, tensor.data]),
  );
  return { symbols: held, units, values, ranked: findingsOf(values, units, held) };
}

/** A symbol that stands fewer times on the text says nothing of a unit. */
const LEAST_TIMES = 5;

function findingsOf(
  values: Readonly<Record<string, Float32Array>>,
  units: number,
  symbols: readonly string[],
): Finding[] {
  const gate = values.forget ?? values.update;
  const read = gate ?? values.h;
  const places = new Map<string, number[]>();
  symbols.forEach((symbol, t) => {
    places.set(symbol, [...(places.get(symbol) ?? []), t]);
  });
  const candidates = [...places].filter(([, at]) => at.length >= LEAST_TIMES);
  const found = Array.from({ length: units }, (_, unit) => {
    const total = symbols.reduce((sum, _symbol, t) => sum + read[t * units + unit], 0);
    return candidates
      .map(([symbol, at]): Finding => {
        const part = at.reduce((sum, t) => sum + read[t * units + unit], 0);
        const elsewhere = (total - part) / (symbols.length - at.length);
        return { unit, symbol, there: part / at.length, elsewhere };
      })
      .reduce((most, each) => (strength(each, gate) > strength(most, gate) ? each : most));
  });
  return found.sort((a, b) => strength(b, gate) - strength(a, gate));
}

/** How far the gate shuts, or the state rises. */
function strength({ there, elsewhere }: Finding, gate: Float32Array | undefined): number {
  return gate ? elsewhere - there : there - elsewhere;
}
