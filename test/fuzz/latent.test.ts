/** Models of the latent rung as JSON: text that was damaged, as far as it is JSON still. */
import { strFromU8, strToU8 } from 'fflate';
import { expect, test } from 'vitest';
import { createEngine } from '../../bindings/index.js';
import { LatentSeries, LatentSymbols } from '../../bindings/sequence/index.js';
import { COUNT, type Reader, TIMEOUT, tryReader } from './trial.js';

const engine = createEngine();
const options = { engine, hiddenSize: 4, epochs: 1, batch: 2, seed: 5 };
const VALUES = Array.from({ length: 60 }, (_, i) => Math.sin(i / 3));
const CELLS = ['rnn', 'gru', 'lstm'] as const;

async function seedsOf(fit: (cell: (typeof CELLS)[number]) => Promise<{ dispose(): void }>): Promise<Uint8Array[]> {
  const seeds: Uint8Array[] = [];
  for (const cell of CELLS) {
    const model = await fit(cell);
    seeds.push(strToU8(JSON.stringify(model)));
    model.dispose();
  }
  return seeds;
}

function parse(file: Uint8Array): unknown {
  try {
    return JSON.parse(strFromU8(file));
  } catch {
    return undefined;
  }
}

function predictOnce(model: LatentSeries | LatentSymbols): void {
  try {
    const cursor = model.cursor();
    cursor.predict();
    cursor.dispose?.();
  } finally {
    model.dispose();
  }
}

/** What reads the network within says so itself. */
const WHO = /^(LatentSeries|LatentSymbols|loadModel|readSafetensors|Sequential|Embedding|Linear|LSTM|GRU|RNN)\b.*: /s;

const READERS: readonly Reader[] = [
  {
    name: 'LatentSeries.fromJSON',
    who: WHO,
    seeds: await seedsOf((cell) => new LatentSeries({ ...options, cell, head: 'gaussian' }).fit(VALUES)),
    read: (file) => predictOnce(LatentSeries.fromJSON(parse(file), { engine })),
  },
  {
    name: 'LatentSymbols.fromJSON',
    who: WHO,
    seeds: await seedsOf((cell) => new LatentSymbols({ ...options, cell }).fit('abcabcabdabcab'.repeat(8))),
    read: (file) => predictOnce(LatentSymbols.fromJSON(parse(file), { engine })),
  },
];

test.each(READERS)(`$name bears ${COUNT} damaged texts`, { timeout: TIMEOUT }, async (reader) => {
  for (const seed of reader.seeds) reader.read(seed);
  const { read, refused, slowest } = await tryReader(reader, engine);
  console.log(`${reader.name}: ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
  expect(read).toBeGreaterThan(0);
  expect(read + refused).toBeGreaterThanOrEqual(COUNT);
});
