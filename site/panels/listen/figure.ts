import { token } from '../shared/dom.js';
import { type Surface, surfaceOf } from '../shared/surface.js';
import { FRAME, PEAK } from './messages.js';
import { RATE, type Stretch, type Track } from './track.js';

/** What part of a track is shown, and what beside it. */
export interface View {
  readonly from: number;
  readonly seconds: number;
  readonly threshold: number;
  readonly stretches: readonly Stretch[];
  /** A time, marked by a line. */
  readonly cursor: number | undefined;
  /** Whether sound is coming in: the last value is the one that counts. */
  readonly live: boolean;
  /** What a place in a recording is that one would take for speech. */
  readonly note?: { readonly seconds: number; readonly lines: readonly string[] } | undefined;
}

const HEIGHT = 350;
const TOP = 26;
const ZERO = 186;
const MIDDLE = 246;
const SWING = 46;
const BAR = 306;

/** Where the plot begins and ends. */
export function plotOf(width: number): { left: number; right: number } {
  return width < 500 ? { left: 30, right: width - 8 } : { left: 44, right: width - 96 };
}

/** How many seconds of a microphone fit. */
export function liveSeconds(width: number): number {
  return width < 500 ? 3.2 : width < 900 ? 6 : 8;
}

/** The probability of speech over the waveform, stretches of speech below. */
export function paintTrack(canvas: HTMLCanvasElement, track: Track, view: View): void {
  const surface = surfaceOf(canvas, HEIGHT);
  if (surface.width === 0) return;
  const { left, right } = plotOf(surface.width);
  const x = (seconds: number) => left + ((seconds - view.from) / view.seconds) * (right - left);
  const shown = view.stretches
    .map((stretch) => ({ stretch, a: Math.max(left, x(stretch.start)), b: Math.min(right, x(stretch.end)) }))
    .filter(({ a, b }) => b > a);
  const { context } = surface;
  context.font = `13px ${token('--sans')}`;
  context.fillStyle = token('--wash');
  for (const { a, b } of shown) context.fillRect(a, TOP, b - a, MIDDLE + SWING - TOP);
  paintGrid(surface, view, left, right, x);
  paintWave(surface, track, view, left, right);
  paintLine(surface, track, view, left, right, x);
  context.fillStyle = token('--ink');
  context.textAlign = 'left';
  let free = 0;
  for (const { stretch, a, b } of shown) {
    context.fillRect(a, BAR - 2.5, b - a, 5);
    const label = `${stretch.start.toFixed(2)} to ${stretch.end.toFixed(2)} s`;
    const wide = context.measureText(label).width;
    const place = Math.min(a, right - wide);
    if (place < free || a - place > b - a) continue;
    context.fillText(label, place, BAR + 20);
    free = place + wide + 12;
  }
  if (view.note && surface.width >= 700) paintNote(surface, track, view, x);
  if (view.cursor !== undefined) {
    context.fillRect(x(view.cursor) - 0.75, TOP, 1.5, MIDDLE + SWING - TOP);
  }
}

function paintGrid({ context, width }: Surface, view: View, left: number, right: number, x: (s: number) => number) {
  context.strokeStyle = token('--grid');
  context.lineWidth = 1;
  context.fillStyle = token('--quiet');
  context.textAlign = 'right';
  context.textBaseline = 'alphabetic';
  for (const [label, y] of [
    ['1', TOP],
    ['0', ZERO],
  ] as const) {
    horizontal(context, left, right, y);
    context.fillText(label, left - 8, y + 4);
  }
  context.textAlign = 'left';
  context.fillText('probability of speech', left, 14);
  const y = heightOf(view.threshold);
  context.strokeStyle = token('--ink');
  context.setLineDash([4, 4]);
  horizontal(context, left, right, y);
  context.setLineDash([]);
  if (width >= 500) {
    context.fillStyle = token('--ink');
    context.fillText('threshold', right + 14, y + 4);
  }
  context.fillStyle = token('--quiet');
  context.textAlign = 'center';
  const step = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800].find(
    (each) => (each / view.seconds) * (right - left) >= 72,
  );
  if (!step) return;
  for (let tick = Math.ceil(view.from / step) * step; tick <= view.from + view.seconds; tick += step) {
    const last = tick + step > view.from + view.seconds;
    context.fillText(last ? `${tick} s` : String(tick), x(tick), HEIGHT - 4);
  }
}

/** A few words above a place, and a line down to it. */
function paintNote({ context }: Surface, track: Track, view: View, x: (s: number) => number): void {
  const { note } = view;
  if (!note || (view.cursor !== undefined && Math.abs(x(view.cursor) - x(note.seconds)) < 40)) return;
  const first = Math.floor(track.frameOf(note.seconds)) - 6;
  const most = Math.max(0, ...track.probabilities.slice(Math.max(0, first), first + 13));
  context.textAlign = 'center';
  note.lines.forEach((line, i) => {
    context.fillText(line, x(note.seconds), TOP + 38 + 16 * i);
  });
  context.fillRect(x(note.seconds) - 0.5, TOP + 48 + 16 * (note.lines.length - 1), 1, heightOf(most) - TOP - 72);
}

function horizontal(context: CanvasRenderingContext2D, from: number, to: number, y: number): void {
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
}

function heightOf(probability: number): number {
  return ZERO - probability * (ZERO - TOP);
}

/** A stroke of two pixels every four: the least and the greatest of the samples below it. */
function paintWave({ context }: Surface, track: Track, view: View, left: number, right: number): void {
  const offset = track.frameOf(0) * (FRAME / PEAK);
  const perPixel = ((view.seconds / (right - left)) * RATE) / PEAK;
  const begin = (view.from * RATE) / PEAK + offset;
  const count = track.peaks.length / 2;
  context.fillStyle = token('--edge');
  for (let pixel = 0; pixel < right - left; pixel += 4) {
    const from = Math.floor(begin + pixel * perPixel);
    const to = Math.max(from + 1, Math.floor(begin + (pixel + 4) * perPixel));
    if (from < 0 || from >= count) continue;
    let [least, greatest] = [0, 0];
    for (let i = from; i < Math.min(to, count); i++) {
      least = Math.min(least, track.peaks[2 * i]);
      greatest = Math.max(greatest, track.peaks[2 * i + 1]);
    }
    const top = MIDDLE - Math.min(1, greatest) * SWING;
    context.fillRect(left + pixel, top, 2, Math.max(1.5, Math.min(1, -least) * SWING + MIDDLE - top));
  }
}

/** A point a frame; where frames are narrower than a pixel, the greatest of each pixel. */
function paintLine(surface: Surface, track: Track, view: View, left: number, right: number, x: (s: number) => number) {
  const { context, width } = surface;
  const { probabilities } = track;
  const first = Math.max(0, Math.floor(track.frameOf(view.from)));
  const end = Math.min(probabilities.length, Math.ceil(track.frameOf(view.from + view.seconds)));
  const together = Math.max(1, Math.floor((end - first) / (right - left)));
  context.strokeStyle = token('--lstm');
  context.lineWidth = 2.5;
  context.lineJoin = 'round';
  context.beginPath();
  for (let i = first; i < end; i += together) {
    let most = probabilities[i];
    for (let j = i + 1; j < Math.min(end, i + together); j++) most = Math.max(most, probabilities[j]);
    // Said once its frame is over.
    const place = x(((i + 1 - track.frameOf(0)) * FRAME) / RATE);
    context[i === first ? 'moveTo' : 'lineTo'](Math.min(right, Math.max(left, place)), heightOf(most));
  }
  context.stroke();
  const value = view.live ? probabilities[probabilities.length - 1] : view.cursor && track.at(view.cursor);
  if (width < 500 || value === undefined) return;
  context.fillStyle = token('--lstm-text');
  context.textAlign = 'left';
  const y = heightOf(value) + 4;
  const apart = y - heightOf(view.threshold) - 4;
  const label = view.live ? 'now' : 'here';
  context.fillText(
    `${label} ${value.toFixed(2)}`,
    right + 14,
    Math.abs(apart) < 16 ? y + (apart < 0 ? -16 - apart : 16 - apart) : y,
  );
}
