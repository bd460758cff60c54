import { token } from '../shared/dom.js';
import { type Surface, surfaceOf } from '../shared/surface.js';
import { GUITAR_RATE } from './guitar.js';

const HEIGHT = 320;
/** Seconds of the close look. */
const CLOSE = 0.012;
const ROW = 52;

/** The whole line before and after, and a close look at where it is: thin in, thick out. */
export function paintLines(canvas: HTMLCanvasElement, dry: Float32Array, wet: Float32Array, at: number): void {
  const surface = surfaceOf(canvas, HEIGHT);
  const { context, width } = surface;
  if (width === 0) return;
  context.font = `13px ${token('--sans')}`;
  context.fillStyle = token('--quiet');
  context.fillText('in: the string', 0, 12);
  context.fillText('out: the amplifier', 0, ROW + 24);
  outline(surface, dry, 18 + ROW / 2 - 8, token('--edge'));
  outline(surface, wet, ROW + 30 + ROW / 2 - 8, token('--lstm'));
  const cursor = (at / (dry.length / GUITAR_RATE)) * width;
  context.fillStyle = token('--ink');
  for (const top of [18, ROW + 30]) context.fillRect(cursor - 0.75, top, 1.5, ROW - 16);
  closeLook(surface, dry, wet, at);
}

function outline({ context, width }: Surface, sound: Float32Array, middle: number, colour: string): void {
  context.fillStyle = colour;
  const each = (4 * sound.length) / width;
  for (let pixel = 0; pixel < width; pixel += 4) {
    let most = 0;
    const from = Math.floor((pixel / 4) * each);
    // Every eighth sample tells enough of an outline.
    for (let i = from; i < Math.min(sound.length, from + each); i += 8) most = Math.max(most, Math.abs(sound[i]));
    const tall = Math.max(0.75, most * 22);
    context.fillRect(pixel, middle - tall, 2, 2 * tall);
  }
}

function closeLook({ context, width }: Surface, dry: Float32Array, wet: Float32Array, at: number): void {
  const top = 2 * ROW + 44;
  const middle = (top + HEIGHT - 8) / 2;
  const swing = (HEIGHT - 8 - top) / 2;
  const count = Math.round(CLOSE * GUITAR_RATE);
  const from = crossing(dry, Math.min(dry.length - count - 1, Math.round(at * GUITAR_RATE)));
  context.fillStyle = token('--quiet');
  context.fillText(`12 ms at ${at.toFixed(1)} s`, 0, top - 8);
  context.fillStyle = token('--grid');
  context.fillRect(0, middle, width, 1);
  for (const [sound, colour, wide] of [
    [dry, token('--ink'), 1.25],
    [wet, token('--lstm'), 2.75],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = wide;
    context.lineJoin = 'round';
    context.beginPath();
    for (let i = 0; i < count; i++)
      context[i === 0 ? 'moveTo' : 'lineTo']((i / (count - 1)) * width, middle - (sound[from + i] ?? 0) * swing);
    context.stroke();
  }
}

/** The next place where the string swings up through zero: so the picture stands still while it plays. */
function crossing(sound: Float32Array, from: number): number {
  const most = Math.min(sound.length - 1, from + GUITAR_RATE / 60);
  for (let i = from; i < most; i++) if (sound[i] <= 0 && sound[i + 1] > 0) return i;
  return from;
}
