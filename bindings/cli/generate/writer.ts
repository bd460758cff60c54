import { setTimeout as wait } from 'node:timers/promises';
import { type Sequential, type Stream, sampler } from '../../index.js';
import { printable } from '../cli-error.js';
import { formatCount } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { writeOut } from '../terminal/standard-output.js';
import type { Alphabet } from './alphabet.js';
import { WordWrap } from './word-wrap.js';

/** What to write. */
export interface TextOptions {
  readonly prompt: string;
  /** Entries of the vocabulary to write after the prompt. */
  readonly chars: number;
  readonly temperature: number;
  readonly topK: number | undefined;
  readonly seed: number;
  /** Characters a second to show; 0 for as fast as the model writes. */
  readonly rate: number;
}

/** What was written, and how fast. */
export interface TextReport {
  /** The first entries that went through the model, prompt included. */
  readonly indices: readonly number[];
  /** Time of the model and of drawing, for each character; writing to the terminal is not in it. */
  readonly microseconds: number;
  /** Time of the model alone. */
  readonly stepMicroseconds: number;
}

/** As many entries as a comparison feeds again. */
const KEPT = 256;

/** A line of text is read best up to this width. */
const WIDTH = 80;

/** Writes the prompt and then, word by word in a terminal, what the model makes of it. */
export async function writeText(model: Sequential, alphabet: Alphabet, options: TextOptions): Promise<TextReport> {
  const { chars } = options;
  const draw = drawing(model, alphabet, options);
  const stream: Stream = model.stream();
  const x = new Float32Array(model.inputSize);
  const logits = new Float32Array(alphabet.characters.length);
  const indices: number[] = [];
  const step = (index: number) => {
    if (indices.length < KEPT) indices.push(index);
    alphabet.encode(index, x);
    stream.step(x, logits);
  };
  const wrap = new WordWrap(Math.min(process.stdout.columns || WIDTH, WIDTH));
  const show = process.stdout.isTTY ? (text: string) => writeOut(printable(wrap.push(text))) : writeOut;
  const progress = new Progress('writing');

  const textOf = alphabet.writing();
  const prompt = options.prompt === '' ? [alphabet.start] : alphabet.indicesOf(options.prompt);
  await show(options.prompt);
  for (const index of prompt) step(index);
  const start = performance.now();
  let stepMilliseconds = 0;
  let milliseconds = 0;
  for (let n = 0; n < chars; n++) {
    if (options.rate) await wait(start + (n * 1000) / options.rate - performance.now());
    const begin = performance.now();
    const index = draw(logits);
    const drawn = performance.now();
    await show(textOf(index));
    // The text itself is progress where it can be seen.
    if (!process.stdout.isTTY) progress.update((n + 1) / chars, () => `${formatCount(n + 1)} ${alphabet.unit}s`);
    const shown = performance.now();
    step(index);
    const stepped = performance.now();
    stepMilliseconds += stepped - shown;
    milliseconds += stepped - shown + drawn - begin;
  }
  progress.clear();
  await show(textOf());
  if (process.stdout.isTTY) await writeOut(`${printable(wrap.flush())}\n`);
  stream.dispose();
  return { indices, microseconds: (milliseconds * 1000) / chars, stepMicroseconds: (stepMilliseconds * 1000) / chars };
}

/** Makes the function that draws an entry from the model's output, which it may change. */
export function drawing(
  model: Sequential,
  { unknown }: Pick<Alphabet, 'unknown'>,
  { temperature, topK, seed }: TextOptions,
): (logits: Float32Array) => number {
  const draw = sampler({ temperature, topK, seed });
  const isProbability = model.modules.at(-1)?.type === 'Softmax';
  return (logits) => {
    if (isProbability) for (let i = 0; i < logits.length; i++) logits[i] = Math.log(logits[i]);
    // It stands for characters that cannot be written.
    if (unknown >= 0) logits[unknown] = Number.NEGATIVE_INFINITY;
    return draw(logits);
  };
}
