import { basename } from 'node:path';
import type { Segment, SegmentOptions, Track } from '../../audio/index.js';
import type { Arguments } from '../arguments.js';
import { CliError, oneLine, printableJson } from '../cli-error.js';
import type { Command } from '../command.js';
import { readInputFile } from '../input-file.js';
import { writeFileWhole } from '../output-file.js';
import { counted, formatCount, formatNumber } from '../terminal/format.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';
import { tableLines } from '../terminal/table.js';
import { drawHearing } from '../vad/chart.js';
import { type Heard, listen, SAMPLE_RATE } from '../vad/listen.js';
import { DEFAULT_VERSION, sileroFile } from '../vad/silero-file.js';
import { readWav } from '../vad/wav.js';

/** `hiddenstate vad SPEECH` */
export const vad: Command = {
  name: 'vad',
  summary: 'find speech in a WAV file with a Silero model',
  description: [
    'Finds the segments of a recording that hold speech and prints their times in seconds.',
    'Any sample rate and any number of channels; the model hears 16 kHz and one channel.',
    'The model is a silero_vad.onnx as it is: of @ricky0123/vad-web, or any of versions 4 to 6.',
  ],
  operand: { name: 'SPEECH', help: 'WAV file: PCM of 8, 16, 24 or 32 bits, or floats' },
  options: [
    {
      name: 'model',
      value: 'MODEL',
      help: `v6, v5 or legacy of vad-web, or an ONNX file (default: ${DEFAULT_VERSION})`,
    },
    { name: 'threshold', value: 'P', help: 'speech begins at this probability (default: 0.5)' },
    { name: 'neg-threshold', value: 'P', help: 'speech ends below this one (default: threshold - 0.15)' },
    { name: 'min-speech', value: 'MS', help: 'shorter speech is dropped (default: 250)' },
    { name: 'min-silence', value: 'MS', help: 'shorter pauses are part of the speech around them (default: 100)' },
    { name: 'pad', value: 'MS', help: 'added before and after each segment (default: 30)' },
    { name: 'svg', value: 'FILE', output: true, help: 'draw the probability over the waveform, with the segments' },
    { name: 'json', help: 'segments, every probability and the time per frame as JSON' },
  ],
  examples: ['vad speech.wav', 'vad speech.wav --threshold 0.6 --svg speech.svg', 'vad speech.wav --json'],
  async run(args) {
    const path = args.operand as string;
    const options = segmentOptions(args);
    const samples = await recording(path);
    const heard = await hear(sileroFile(args.text('model')), samples);
    const track = { ...heard, samples: samples.length, sampleRate: SAMPLE_RATE };
    // Loaded here, so that no other command waits for it.
    const { segmentsOf } = await import('../../audio/index.js');
    const segments = segmentsOf(track, options);
    if (args.has('svg')) await writeChart(args.text('svg') as string, path, samples, track, segments, options);
    const answer = { path, track, segments, options, microsecondsPerFrame: heard.microsecondsPerFrame };
    await writeOut(args.has('json') ? json(answer) : text(answer));
    writeErr(timing(answer));
  },
};

/** All but the longest speech, which is not limited. */
type CommandOptions = Required<Omit<SegmentOptions, 'maxSpeechMs'>>;

function segmentOptions(args: Arguments): CommandOptions {
  const probability = { least: 0, most: 1 };
  const milliseconds = { least: 0, most: 1e6 };
  const threshold = args.number('threshold', probability) ?? 0.5;
  const negThreshold = args.number('neg-threshold', probability) ?? Math.max(threshold - 0.15, 0.01);
  if (negThreshold > threshold && args.has('neg-threshold')) {
    throw new CliError(`--neg-threshold: got ${negThreshold}, expected at most the threshold, ${threshold}`);
  }
  return {
    threshold,
    negThreshold,
    minSpeechMs: args.number('min-speech', milliseconds) ?? 250,
    minSilenceMs: args.number('min-silence', milliseconds) ?? 100,
    padMs: args.number('pad', milliseconds) ?? 30,
  };
}

async function recording(path: string): Promise<Float32Array> {
  const { samples, sampleRate } = await blaming(path, readWav(readInputFile(path)));
  if (samples.length === 0) throw new CliError(`${path}: got no samples, expected some sound`);
  const { resample } = await import('../../audio/index.js');
  return resample(samples, { from: sampleRate, to: SAMPLE_RATE });
}

async function hear(modelPath: string, samples: Float32Array): Promise<Heard> {
  const bytes = readInputFile(modelPath);
  return blaming(modelPath, listen(bytes, samples));
}

/** Puts the name of the file that is at fault before the message. */
async function blaming<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CliError(`${path}: ${(error as Error).message}`);
  }
}

async function writeChart(
  target: string,
  path: string,
  samples: Float32Array,
  track: Track,
  segments: readonly Segment[],
  { threshold }: CommandOptions,
): Promise<void> {
  const subtitle = `${counted(segments.length, 'segment')} of speech, ${percentOf(segments, track)}`;
  const title = oneLine(basename(path));
  await writeFileWhole(target, drawHearing({ title, subtitle, samples, track, segments, threshold }));
}

interface Answer {
  readonly path: string;
  readonly track: Track & Pick<Heard, 'probabilities'>;
  readonly segments: readonly Segment[];
  readonly options: CommandOptions;
  readonly microsecondsPerFrame: number;
}

const inSeconds = (samples: number) => samples / SAMPLE_RATE;

function text({ path, track, segments }: Answer): string {
  const columns = (['start', 'end', 'length'] as const).map((title) => ({ title, align: 'right' as const }));
  const rows = segments.map(({ start, end }) => [start, end, end - start].map((each) => inSeconds(each).toFixed(3)));
  const head = `${oneLine(path)}: ${inSeconds(track.samples).toFixed(2)} s, ${counted(segments.length, 'segment')} of speech`;
  if (rows.length === 0) return `${head}\n`;
  return [
    `${head}, ${percentOf(segments, track)}`,
    ...tableLines(columns, rows, 2).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function json({ path, track, segments, options, microsecondsPerFrame }: Answer): string {
  const content = {
    file: path,
    seconds: inSeconds(track.samples),
    options,
    segments: segments.map(({ start, end }) => ({ start: inSeconds(start), end: inSeconds(end) })),
    frameSeconds: inSeconds(track.frameSize),
    microsecondsPerFrame,
    probabilities: track.probabilities,
  };
  return printableJson(content);
}

function timing({ track: { probabilities, frameSize }, microsecondsPerFrame }: Answer): string {
  const frame = inSeconds(frameSize) * 1e6;
  const times = formatCount(Math.round(frame / microsecondsPerFrame));
  return `${formatNumber(microsecondsPerFrame)} µs per frame of ${frame / 1000} ms, ${counted(probabilities.length, 'frame')}: ${times} times faster than real time`;
}

function percentOf(segments: readonly Segment[], { samples }: Track): string {
  const speech = segments.reduce((sum, { start, end }) => sum + end - start, 0);
  return `${Math.round((100 * speech) / samples)} % of the time`;
}
