import {
  type Embedding,
  type Linear,
  type LSTM,
  type LSTMState,
  loadModel,
  ready,
  type Sequential,
  type Stream,
  sampler,
  softmax,
} from 'hiddenstate';
import { breathe } from '../shared/breathe.js';
import type { Window } from './messages.js';

/** One character written, and what was seen on the way to it. */
export interface Written {
  readonly id: number;
  readonly character: string;
  /** What each unit of the last layer holds after this character: its cell state c, in a copy of its own. */
  readonly held: Float32Array;
  /** The state of both layers that it was read in. */
  readonly before: LSTMState;
}

/** A chance of the next character. */
export interface Chance {
  readonly character: string;
  readonly probability: number;
}

/** A character model that is watched: Embedding → LSTM → Linear, the units of the last layer can be held still. */
export class Writer {
  readonly vocabulary: readonly string[];
  readonly units: number;
  readonly written: Written[] = [];
  /** Microseconds a character, the mean of the last hundred or so. */
  microseconds = 0;
  /** Characters read since it was made, of all texts. */
  count = 0;

  private readonly model: Sequential;
  private readonly embedding: Embedding;
  private readonly lstm: LSTM;
  private readonly linear: Linear;
  private readonly rows: Float32Array;
  private readonly stream: Stream<LSTMState>;
  private readonly ids = new Map<string, number>();
  private readonly held = new Map<number, number>();
  private worth: number[] = [];
  private choose = sampler({ temperature: 0.6, seed: 1 });
  private logits: Float32Array = new Float32Array();
  private state: LSTMState;

  /**
   * Compiles and loads in tasks of their own.
   *
   * @param bytes a safetensors file of such a model with its `vocabulary` in the metadata; int8 or float32
   */
  static async of(bytes: Uint8Array): Promise<Writer> {
    await ready();
    await breathe();
    const writer = new Writer(bytes);
    await breathe();
    return writer;
  }

  private constructor(bytes: Uint8Array) {
    this.model = loadModel(bytes);
    [this.embedding, this.lstm, this.linear] = this.model.modules as unknown as [Embedding, LSTM, Linear];
    this.vocabulary = JSON.parse(this.model.metadata.vocabulary);
    for (const [id, character] of this.vocabulary.entries()) this.ids.set(character, id);
    this.rows = this.embedding.stateDict().weight.data;
    this.units = this.lstm.hiddenSize;
    this.stream = this.lstm.stream();
    this.state = this.stream.state;
  }

  /**
   * Begins anew.
   *
   * @returns the ids of a prompt, to be read. Characters that the model never saw become its sign for the unknown
   */
  begin(prompt: string, seed: number, temperature: number): number[] {
    this.written.length = 0;
    this.worth = [];
    this.stream.reset();
    this.state = this.stream.state;
    this.choose = sampler({ temperature, seed });
    return [...(prompt || '\n')].map((character) => this.ids.get(character) ?? (this.ids.get('\ufffd') as number));
  }

  /** Goes on with another temperature from here. */
  cool(seed: number, temperature: number): void {
    this.choose = sampler({ temperature, seed });
  }

  /** Draws one character and reads it. */
  write(): Written {
    const start = performance.now();
    this.read(this.choose(this.logits));
    const took = (performance.now() - start) * 1000;
    this.microseconds = this.microseconds === 0 ? took : this.microseconds * 0.99 + took * 0.01;
    return this.written[this.written.length - 1];
  }

  /** The likeliest next characters, best first. */
  chances(count: number): Chance[] {
    const probabilities = softmax({ data: this.logits, dims: [this.logits.length] }).data;
    return [...probabilities]
      .map((probability, id) => ({ character: this.vocabulary[id], probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, count);
  }

  /** Holds a unit's cell state at a value from now on. */
  pin(unit: number, value: number): void {
    this.held.set(unit, value);
  }

  /** Lets a unit go. */
  release(unit: number): void {
    this.held.delete(unit);
  }

  get pinned(): ReadonlyMap<number, number> {
    return this.held;
  }

  /**
   * Units that move with one over the characters written: Pearson's correlation of their cell states, the strongest first.
   */
  alike(unit: number, count: number): { unit: number; correlation: number }[] {
    const own = this.series(unit);
    return Array.from({ length: this.units }, (_, other) => ({
      unit: other,
      correlation: correlate(own, this.series(other)),
    }))
      .filter((found) => found.unit !== unit)
      .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
      .slice(0, count);
  }

  /**
   * Units worth a look, best first: they move slowly and come back, instead of growing all the time or jumping about. Found
   * once for a text.
   */
  telling(): readonly number[] {
    if (this.worth.length === 0) {
      const scores = Array.from({ length: this.units }, (_, unit) => ({ unit, score: worthOf(this.series(unit)) }));
      this.worth = scores.sort((a, b) => b.score - a.score).map(({ unit }) => unit);
    }
    return this.worth;
  }

  /** Units that are on within a span and off outside of it, or the other way round: the ones that mark it out best. */
  marking(from: number, to: number, count: number): { unit: number; correlation: number }[] {
    const inside = Float32Array.from(this.written, (_, i) => (i >= from && i < to ? 1 : 0));
    return Array.from({ length: this.units }, (_, unit) => ({
      unit,
      correlation: correlate(inside, this.series(unit)),
    }))
      .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
      .slice(0, count);
  }

  /** A unit, those that move with it, and the most telling of the others. */
  around(unit: number, count: number): number[] {
    const alike = this.alike(unit, 5).map((found) => found.unit);
    return [...new Set([unit, ...alike, ...this.telling()])].slice(0, count);
  }

  /** The cell state of one unit after every character. */
  series(unit: number, from = 0): Float32Array {
    const values = new Float32Array(this.written.length - from);
    for (let i = 0; i < values.length; i++) values[i] = this.written[from + i].held[unit];
    return values;
  }

  /** The characters from one on, and the states they were read in, side by side: [layers, characters, units]. */
  window(from: number): Window {
    const shown = this.written.slice(from);
    const { numLayers } = this.lstm;
    const stacked = (name: 'h' | 'c') => {
      const data = new Float32Array(numLayers * shown.length * this.units);
      shown.forEach(({ before }, i) => {
        for (let layer = 0; layer < numLayers; layer++) {
          const row = before[name].data.subarray(layer * this.units, (layer + 1) * this.units);
          data.set(row, (layer * shown.length + i) * this.units);
        }
      });
      return { data, dims: [numLayers, shown.length, this.units] };
    };
    return { ids: shown.map(({ id }) => id), states: { h: stacked('h'), c: stacked('c') } };
  }

  dispose(): void {
    this.stream.dispose();
    this.model.dispose();
  }

  /** Reads one character. */
  read(id: number): void {
    const size = this.embedding.outputSize;
    const before = this.state;
    this.count++;
    let h = this.stream.step(this.rows.subarray(id * size, (id + 1) * size));
    const last = (this.lstm.numLayers - 1) * this.units;
    this.state = this.stream.state;
    if (this.held.size > 0) {
      this.state = this.holdStill(this.state, last);
      this.stream.reset(this.state);
      h = this.state.h.data.slice(last, last + this.units);
    }
    this.logits = this.linear.forward({ data: h, dims: [h.length] }).data;
    const held = this.state.c.data.slice(last, last + this.units);
    this.written.push({ id, character: this.vocabulary[id], held, before });
  }

  /** The state with the pinned units where they are to be: h = o · tanh(c) keeps its output gate o. */
  private holdStill({ h, c }: LSTMState, last: number): LSTMState {
    for (const [unit, value] of this.held) {
      const at = last + unit;
      const gate = c.data[at] === 0 ? 0 : h.data[at] / Math.tanh(c.data[at]);
      c.data[at] = value;
      h.data[at] = gate * Math.tanh(value);
    }
    return { h, c };
  }
}

function correlate(a: Float32Array, b: Float32Array): number {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  const count = a.length;
  for (let i = 0; i < count; i++) {
    sumA += a[i];
    sumB += b[i];
    sumAA += a[i] * a[i];
    sumBB += b[i] * b[i];
    sumAB += a[i] * b[i];
  }
  const spread = Math.sqrt((count * sumAA - sumA * sumA) * (count * sumBB - sumB * sumB));
  return spread > 1e-12 ? (count * sumAB - sumA * sumB) / spread : 0;
}

/** How much a series moves about a straight line, more if it moves slowly. */
function worthOf(series: Float32Array): number {
  const slope = (series[series.length - 1] - series[0]) / Math.max(1, series.length - 1);
  const flat = series.map((value, i) => Math.tanh(value - slope * i));
  const mean = flat.reduce((sum, value) => sum + value, 0) / flat.length;
  let [moved, spread] = [0.01, 0];
  flat.forEach((value, i) => {
    spread += (value - mean) ** 2;
    if (i > 0) moved += (value - flat[i - 1]) ** 2;
  });
  return spread * Math.min(spread / moved, 8);
}
