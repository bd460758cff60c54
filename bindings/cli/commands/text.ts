import { basename } from 'node:path';
import { LatentSymbols, type SymbolModel } from '../../sequence/index.js';
import { drawChart } from '../chart/chart.js';
import { styleOf } from '../chart/palette.js';
import { SVG_WIDTH, svgWidth } from '../chart/svg-width.js';
import { CliError, printable } from '../cli-error.js';
import type { Command } from '../command.js';
import { OutputFiles } from '../output-file.js';
import { counted, formatCount, formatNumber } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';
import { tableLines } from '../terminal/table.js';
import { bytesToText, type Corpus, readCorpus } from '../text/corpus.js';
import { chooseTextRungs, LATENT, TEXT_RUNGS, type TextLadderOptions, type TextRung } from '../text/ladder.js';
import { type Bits, measureBits } from '../text/measure-bits.js';

const TEST = 0.1;
const ORDER = 6;
const CHARS = 200;

/** `hiddenstate text FILE` */
export const text: Command = {
  name: 'text',
  summary: 'learn a text by every rung of the ladder, compare them, and write samples',
  description: [
    'Reads a text by characters, fits every model to its first part, and measures how many bits',
    'each needs for a character of the rest: the fewer, the more of the text it has understood.',
    'Characters that the first part lacks count as one that is unknown; how many there are is said.',
    'With --unit byte it reads bytes: text in any encoding, or any file. Table and samples go to',
    'stdout.',
  ],
  operand: { name: 'FILE', help: 'text in UTF-8; with --unit byte any file' },
  options: [
    {
      name: 'models',
      value: 'LIST',
      help: `all, or some of ${TEXT_RUNGS.map(({ name }) => name).join(', ')} (default: all)`,
    },
    { name: 'unit', value: 'WHICH', help: 'of the text: character, or byte (default: character)' },
    { name: 'order', value: 'N', help: `symbols of an n-gram, for witten-bell and kneser-ney (default: ${ORDER})` },
    { name: 'hidden', value: 'N', help: 'units of rnn, gru and lstm (default: 128)' },
    { name: 'epochs', value: 'N', help: 'passes over the text to train them (default: 4)' },
    { name: 'test', value: 'X', help: `share of the text, its end, that is held out (default: ${TEST})` },
    { name: 'chars', value: 'N', help: `characters of each sample, 0 for none (default: ${CHARS})` },
    { name: 'seed', value: 'N', help: 'of weights and samples: the same seed gives the same text (default: 0)' },
    { name: 'svg', value: 'FILE', output: true, help: 'draw bits per character along the held-out text' },
    SVG_WIDTH,
    {
      name: 'save',
      value: 'FILE',
      output: true,
      help: 'write the last of rnn, gru and lstm for "hiddenstate generate"',
    },
  ],
  examples: [
    'text book.txt --models all --save book.safetensors',
    'text book.txt --models markov,kneser-ney --order 4 --chars 500',
  ],
  async run(args) {
    const path = args.operand as string;
    const chars = args.number('chars', { least: 0, most: 1e6, integer: true }) ?? CHARS;
    const seed = args.number('seed', { least: 0, most: 2 ** 32 - 1, integer: true }) ?? 0;
    const options = {
      order: args.number('order', { least: 1, most: 64, integer: true }) ?? ORDER,
      hiddenSize: args.number('hidden', { least: 1, most: 4096, integer: true }),
      epochs: args.number('epochs', { least: 1, most: 1e6, integer: true }),
      seed,
    };
    const unit = args.text('unit') ?? 'character';
    if (unit !== 'character' && unit !== 'byte') {
      throw new CliError(`--unit: got ${JSON.stringify(unit)}, expected character or byte`);
    }
    const corpus = readCorpus(path, args.number('test', { least: 0.001, most: 0.9 }) ?? TEST, unit);
    const { rungs, notes } = chooseTextRungs(args.text('models') ?? 'all', corpus.alphabetSize);
    const [svg, save] = ['svg', 'save'].map((name) => args.text(name));
    if (save !== undefined && !rungs.some(({ name }) => LATENT.includes(name))) {
      throw new CliError('--save: got no network among --models, expected rnn, gru or lstm');
    }
    const width = svgWidth(args);
    const files = await OutputFiles.at({ svg, save });
    writeErr(...describe(corpus), ...notes);
    const results: Result[] = [];
    for (const rung of rungs) results.push(await judge(rung, corpus, options, chars));
    await writeResults(results, corpus);
    const network = results.findLast(({ model }) => model instanceof LatentSymbols)?.model as LatentSymbols;
    await files.write('save', () => network.save({ source: basename(path), ...(unit === 'byte' && { unit }) }));
    await files.write('svg', () => drawBits(results, basename(path), corpus.held.length, unit, width));
  },
};

function describe({ known, held, alphabetSize, unit, unseen }: Corpus): string[] {
  const [learnt, kept] = [known, held].map(({ length }) => formatCount(length));
  const line = `${learnt} ${unit}s to learn from, ${kept} held out, ${alphabetSize} different`;
  if (unseen.count === 0) return [line];
  const share = ((100 * unseen.count) / held.length).toPrecision(2);
  const shown = unseen.symbols.slice(0, MOST_SHOWN).map((symbol) => JSON.stringify(symbol));
  const more = unseen.symbols.length > MOST_SHOWN ? ' …' : '';
  return [
    line,
    `unseen: ${formatCount(unseen.count)} of the held-out ${unit}s (${share} %) are of ${counted(unseen.symbols.length, 'kind')} that the first part lacks (${shown.join(' ')}${more}); all count as one, the unknown ${unit}`,
  ];
}

/** Unseen symbols that are named. */
const MOST_SHOWN = 10;

async function writeResults(results: readonly Result[], { unit }: Corpus): Promise<void> {
  await writeOut(`${tableLines(columnsOf(unit), results.map(resultRow)).join('\n')}\n`);
  for (const { name, sample } of results) {
    if (sample.length === 0) continue;
    await writeOut(`\n${name}:\n${sampleText(sample, unit)}\n`);
  }
}

/** Bytes are shown as the text they are in UTF-8, as far as they are some. */
function sampleText(sample: readonly string[], unit: Corpus['unit']): string {
  const written = unit === 'byte' ? bytesToText(sample) : sample.join('');
  return process.stdout.isTTY || unit === 'byte' ? printable(written) : written;
}

interface Result {
  readonly name: string;
  readonly bits: Bits;
  readonly fitSeconds: number;
  readonly sample: readonly string[];
  readonly model: SymbolModel;
}

async function judge(
  rung: TextRung,
  { known, held, unknown }: Corpus,
  options: TextLadderOptions,
  chars: number,
): Promise<Result> {
  try {
    const { model, seconds } = await train(rung, known, unknown, options);
    const bits = await measure(rung, model, held, unknown);
    const sample = chars === 0 ? [] : model.sample(chars, { seed: options.seed });
    return { name: rung.name, bits, fitSeconds: seconds, sample, model };
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${rung.name}: ${(error as Error).message}`);
  }
}

async function train(
  rung: TextRung,
  known: readonly string[],
  unknown: string | undefined,
  options: TextLadderOptions,
) {
  const progress = new Progress(`${rung.name}: training`);
  const begin = performance.now();
  try {
    const show = (share: number, loss: number) => progress.update(share, () => `${loss.toFixed(2)} bits a character`);
    const model = await rung.make({ unknown }, options, show).fit(known);
    return { model, seconds: (performance.now() - begin) / 1000 };
  } finally {
    progress.clear();
  }
}

async function measure(rung: TextRung, model: SymbolModel, held: readonly string[], unknown: string | undefined) {
  const progress = new Progress(`${rung.name}: measuring`);
  try {
    return await measureBits(model, held, unknown, (share) => progress.update(share, () => ''));
  } finally {
    progress.clear();
  }
}

const columnsOf = (unit: string) =>
  [
    { title: 'model', align: 'left' },
    { title: `bits a ${unit}`, align: 'right' },
    { title: 'perplexity', align: 'right' },
    { title: 'fit s', align: 'right' },
    { title: `µs a ${unit}`, align: 'right' },
  ] as const;

function resultRow({ name, bits, fitSeconds }: Result): string[] {
  const { perCharacter, microseconds } = bits;
  return [
    name,
    perCharacter.toFixed(3),
    formatNumber(2 ** perCharacter),
    formatNumber(fitSeconds),
    formatNumber(microseconds),
  ];
}

function drawBits(results: readonly Result[], file: string, length: number, unit: string, width?: number): string {
  const least = Math.min(...results.map(({ bits }) => bits.perCharacter));
  return drawChart({
    title: `Bits per ${unit} of ${file}`,
    subtitle: 'along the held-out text; the fewer, the better',
    ...(width && { width }),
    panels: [
      {
        x: { title: `${unit}s` },
        y: { title: 'bits' },
        marks: results.map(({ name, bits: { byPart, perCharacter } }) => ({
          kind: 'line',
          label: `${name} ${perCharacter.toFixed(2)}`,
          colour: styleOf(name).colour,
          dashed: styleOf(name).dash ?? false,
          strong: perCharacter === least,
          width: perCharacter === least ? 2.75 : 1.75,
          points: byPart.map((value, i): [number, number] => [((i + 0.5) * length) / byPart.length, value]),
        })),
      },
    ],
  });
}
