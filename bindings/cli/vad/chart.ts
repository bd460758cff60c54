import type { Segment, Track } from '../../audio/index.js';
import { drawChart } from '../chart/chart.js';

/** What the chart shows. */
export interface Hearing {
  readonly title: string;
  readonly subtitle: string;
  readonly samples: Float32Array;
  readonly track: Track;
  readonly segments: readonly Segment[];
  readonly threshold: number;
}

/** Columns of the waveform: more than a wide screen has. */
const COLUMNS = 1600;

/** Draws the probability of speech over the waveform, with the segments behind both. */
export function drawHearing({ title, subtitle, samples, track, segments, threshold }: Hearing): string {
  const { probabilities, frameSize, sampleRate } = track;
  const seconds = (sample: number) => sample / sampleRate;
  return drawChart({
    title,
    subtitle,
    panels: [
      {
        x: { title: 'seconds', domain: [0, seconds(samples.length)] },
        y: { title: 'probability of speech', domain: [0, 1] },
        marks: [
          {
            kind: 'spans',
            label: 'speech',
            colour: 'quiet',
            spans: segments.map(({ start, end }) => [seconds(start), seconds(end)]),
          },
          { kind: 'band', label: 'waveform', colour: 'quiet', points: envelope(samples, sampleRate) },
          { kind: 'rule', label: `threshold ${threshold}`, colour: 'quiet', axis: 'y', at: threshold },
          {
            kind: 'line',
            label: 'probability',
            strong: true,
            points: Array.from(probabilities, (p, i) => [seconds((i + 0.5) * frameSize), p] as const),
          },
        ],
      },
    ],
  });
}

/** The least and the greatest sample of each column, scaled so that the loudest reaches from 0 to 1. */
function envelope(samples: Float32Array, sampleRate: number): [x: number, low: number, high: number][] {
  const width = Math.max(1, Math.ceil(samples.length / COLUMNS));
  const columns = Array.from({ length: Math.ceil(samples.length / width) }, (_, i) => i * width).map((start) => {
    const column = samples.subarray(start, start + width);
    return { at: (start + width / 2) / sampleRate, least: least(column), greatest: -least(column.map((x) => -x)) };
  });
  const peak = columns.reduce((most, { least, greatest }) => Math.max(most, -least, greatest), 0) || 1;
  const place = (value: number) => 0.5 + value / (2 * peak);
  return columns.map(({ at, least, greatest }) => [at, place(least), place(greatest)]);
}

function least(column: Float32Array): number {
  return column.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
