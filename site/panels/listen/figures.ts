import { make, token } from '../shared/dom.js';
import { microsText } from '../shared/parts.js';
import { surfaceOf } from '../shared/surface.js';
import type { Report } from './microphone.js';

/** Seconds of a microphone whose times are drawn. */
const KEPT = 60;
const FRAME_MICROS = 32_000;

/** What a frame costs, and whether one came late. */
export class Figures {
  readonly element: HTMLElement;
  private times: number[] = [];
  private readonly time = make('p', { class: 'num big-n' });
  private readonly timeText = make('p');
  private readonly strip = make('canvas', { role: 'img' });
  private readonly late = make('p', { class: 'num big-n' });
  private readonly lateText = make('p');

  constructor() {
    this.element = make(
      'div',
      { class: 'trio' },
      make('section', {}, make('h2', {}, 'Time a frame takes'), this.time, this.timeText, this.strip),
      make('section', {}, make('h2', {}, 'Underruns'), this.late, this.lateText),
      make(
        'section',
        {},
        make('h2', {}, 'Against onnxruntime-web'),
        make(
          'p',
          {},
          'Both run the same file in this tab, outputs compared first: ',
          make('a', { href: './file.html#sample=silero' }, 'race them'),
          '.',
        ),
      ),
    );
    this.clear();
  }

  clear(): void {
    this.times = [];
    this.time.textContent = '–';
    this.timeText.textContent = 'of the 32,000 µs that it may take.';
    this.late.textContent = '–';
    this.lateText.textContent = 'Sound that came too late while it was live.';
    this.strip.hidden = true;
  }

  /** @param times microseconds a frame, of each half minute */
  showRecording(times: readonly number[]): void {
    this.clear();
    this.showTime(times[times.length >> 1], 'A recording is heard as fast as this machine can.');
    this.lateText.textContent = 'A recording has none: nothing waits for it. From the microphone they are counted.';
  }

  showLive({ frame, underruns }: Report): void {
    this.times = [...this.times, frame].slice(-KEPT);
    const mean = this.times.reduce((sum, time) => sum + time, 0) / this.times.length;
    this.showTime(mean, 'The mean of the last minute, resampling included.');
    this.late.textContent = `${underruns > 0 ? '◆ ' : ''}${underruns.toLocaleString('en')}`;
    this.lateText.textContent = 'times sound came too late, as this browser counts, since the page was opened.';
    this.paint();
  }

  private showTime(micros: number, how: string): void {
    this.time.textContent = microsText(micros);
    this.timeText.textContent = `of the 32,000 µs that it may take: ${((100 * micros) / FRAME_MICROS).toPrecision(2)} %. ${how}`;
  }

  private paint(): void {
    this.strip.hidden = false;
    const { context, width, height } = surfaceOf(this.strip, 64);
    const greatest = Math.max(...this.times);
    const step = width / KEPT;
    context.fillStyle = token('--edge');
    this.times.forEach((time, i) => {
      const tall = (time / greatest) * (height - 20);
      context.fillRect(i * step, height - tall, Math.max(1, step - 1), tall);
    });
    context.fillStyle = token('--quiet');
    context.font = `12px ${token('--sans')}`;
    context.fillText(`each second; the slowest ${microsText(greatest)}`, 0, 12);
    this.strip.setAttribute(
      'aria-label',
      `Microseconds a frame in each of the last ${this.times.length} seconds, ${microsText(greatest)} at most`,
    );
  }
}
