import type { Sequential } from '../../index.js';
import type { Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { type Alphabet, alphabetOf } from '../generate/alphabet.js';
import { type Comparison, compareWithPlain } from '../generate/comparison.js';
import { drawing, type TextOptions, type TextReport, writeText } from '../generate/writer.js';
import { loadModelFile } from '../input-file.js';
import { formatCount, formatNumber, formatRatio } from '../terminal/format.js';
import { writeErr } from '../terminal/standard-output.js';
import { tableLines } from '../terminal/table.js';

const CHARS = 500;
const TEMPERATURE = 0.8;
/** Twice as fast as most people read. */
const RATE = 60;

/** `hiddenstate generate MODEL` */
export const generate: Command = {
  name: 'generate',
  summary: 'write text from a model of characters, and time it against plain JS',
  description: [
    'Writes text, character by character, from a model that reads and predicts characters; byte by byte from one of bytes.',
    'The text goes to stdout. Its speed, and that of the same loop in plain JavaScript on',
    'the same inputs, follows on stderr, so that "> file.txt" holds the text alone.',
  ],
  operand: { name: 'MODEL', help: 'file of Sequential.save with a "vocabulary", a JSON array, in its metadata' },
  options: [
    { name: 'prompt', value: 'TEXT', help: 'text to go on from (default: a line break, not shown)' },
    { name: 'chars', value: 'N', help: `characters to write after the prompt (default: ${CHARS})` },
    {
      name: 'temperature',
      value: 'X',
      help: `below 1 plain, above 1 wild, 0 always the likeliest (default: ${TEMPERATURE})`,
    },
    { name: 'top-k', value: 'N', help: 'draw from the N likeliest characters only (default: all)' },
    { name: 'seed', value: 'N', help: 'the same seed gives the same text (default: a fresh one)' },
    { name: 'rate', value: 'N', help: `characters a second to show (default in a terminal: ${RATE}, 0 for all speed)` },
    { name: 'no-compare', help: 'leave out the comparison with plain JS' },
  ],
  examples: [
    'generate models/moby-dick.safetensors --prompt "Call me Ishmael."',
    'generate models/moby-dick.safetensors --chars 2000 --seed 1 --no-compare > text.txt',
  ],
  async run(args) {
    const options = readOptions(args);
    const model = loadModelFile(args.operand as string);
    const alphabet = alphabetOf(model, args.operand as string);
    const report = await writeText(model, alphabet, options);
    writeErr('', `${formatCount(options.chars)} ${alphabet.unit}s, seed ${options.seed}`);
    writeErr(
      ...(args.has('no-compare') ? speedLines(model, report) : comparisonLines(model, alphabet, options, report)),
    );
  },
};

function readOptions(args: Arguments): TextOptions {
  return {
    prompt: args.text('prompt') ?? '',
    chars: args.number('chars', { least: 1, integer: true }) ?? CHARS,
    temperature: args.number('temperature', { least: 0 }) ?? TEMPERATURE,
    topK: args.number('top-k', { least: 1, integer: true }),
    seed: args.number('seed', { least: 0, most: 2 ** 32 - 1, integer: true }) ?? Math.floor(Math.random() * 2 ** 32),
    rate: args.number('rate', { least: 0 }) ?? (process.stdout.isTTY ? RATE : 0),
  };
}

const COLUMNS = [
  { title: '', align: 'left' },
  { title: 'µs a step', align: 'right' },
  { title: 'characters/s', align: 'right' },
] as const;

/** The speed of the text just written. */
function speedLines(model: Sequential, { stepMicroseconds, microseconds }: TextReport): string[] {
  return tableLines(COLUMNS, [speedRow(libraryName(model), stepMicroseconds, microseconds)]);
}

function comparisonLines(model: Sequential, alphabet: Alphabet, options: TextOptions, report: TextReport): string[] {
  const inputs = report.indices.map((index) => {
    const x = new Float32Array(model.inputSize);
    alphabet.encode(index, x);
    return x;
  });
  const result = compareWithPlain(model, inputs, drawing(model, alphabet, options));
  if ('lacks' in result) return [...speedLines(model, report), `plain JS has no ${result.lacks} to compare with`];
  return tableLines(COLUMNS, comparisonRows(model, result));
}

function comparisonRows(model: Sequential, { step, plainStep, draw, stepRatio, loopRatio }: Comparison): string[][] {
  return [
    speedRow(libraryName(model), step, step + draw),
    speedRow('plain JS', plainStep, plainStep + draw),
    ['median ratio of rounds', formatRatio(stepRatio), formatRatio(loopRatio)],
  ];
}

function speedRow(name: string, stepMicroseconds: number, microseconds: number): string[] {
  return [name, formatNumber(stepMicroseconds), formatCount(Math.round(1e6 / microseconds))];
}

function libraryName({ engine }: Sequential): string {
  return `hiddenstate (${engine.simd})`;
}
