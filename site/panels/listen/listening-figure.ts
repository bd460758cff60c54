import { make } from '../shared/dom.js';
import { widthOf } from '../shared/surface.js';
import { paintTrack, plotOf, type View } from './figure.js';
import { FRAME } from './messages.js';
import { RATE, type Track } from './track.js';

const FRAME_SECONDS = FRAME / RATE;
const WORDS = ['No stretch', 'One stretch', 'Two stretches', 'Three stretches', 'Four stretches', 'Five stretches'];

/** What the figure asks of its panel: a time that was touched, and a key for what its main button does. */
export interface FigureActs {
  /** The length of the recording whose cursor can be moved; undefined while there is none. */
  seconds(): number | undefined;
  cursor(): number;
  touch(seconds: number): void;
  move(seconds: number): void;
  press(): void;
}

/** What is said of a track under its picture. */
export interface Said {
  /** Nothing was heard yet, and how to begin. */
  readonly before: string;
  /** A recording has a cursor; a microphone has none. */
  readonly recording: boolean;
  readonly note: string;
}

/** The picture of a track, which is a slider over a recording, with its finding in words. */
export class ListeningFigure {
  readonly element: HTMLElement;
  private readonly canvas = make('canvas', { tabindex: 0 });
  private readonly caption = make('figcaption');

  constructor(acts: FigureActs) {
    this.element = make('figure', {}, this.canvas, this.caption);
    this.listen(acts);
  }

  get width(): number {
    return widthOf(this.canvas);
  }

  show(track: Track, view: View, said: Said): void {
    paintTrack(this.canvas, track, view);
    const found = view.stretches.length;
    const count = `${WORDS[found] ?? `${found} stretches`} of speech in ${track.seconds.toFixed(1)} seconds. `;
    this.caption.replaceChildren(
      ...(track.probabilities.length === 0
        ? [said.before]
        : [
            make('b', {}, count),
            'Speech begins where the line reaches the threshold and ends where it has been 0.15 below it for 100 ms; the bars below mark it.',
            found > 0 ? said.note : '',
          ]),
    );
    this.describe(track, said.recording ? (view.cursor ?? 0) : undefined, count);
  }

  /** The same for those who do not see the picture. */
  private describe(track: Track, at: number | undefined, count: string): void {
    const { canvas } = this;
    canvas.setAttribute('role', at === undefined ? 'img' : 'slider');
    canvas.setAttribute('aria-label', `Probability of speech over the waveform. ${track.seconds > 0 ? count : ''}`);
    if (at === undefined) return;
    canvas.setAttribute('aria-valuemin', '0');
    canvas.setAttribute('aria-valuemax', track.seconds.toFixed(2));
    canvas.setAttribute('aria-valuenow', at.toFixed(2));
    canvas.setAttribute('aria-valuetext', `${at.toFixed(2)} s, probability ${(track.at(at) ?? 0).toFixed(3)}`);
  }

  private listen(acts: FigureActs): void {
    const { canvas } = this;
    const touch = (event: PointerEvent) => {
      const seconds = acts.seconds();
      if (seconds === undefined) return;
      const { left, right } = plotOf(widthOf(canvas));
      acts.touch(((event.offsetX - left) / (right - left)) * seconds);
    };
    canvas.addEventListener('pointerdown', touch);
    canvas.addEventListener('pointermove', (event) => event.buttons === 1 && touch(event));
    canvas.addEventListener('keydown', (event) => {
      const seconds = acts.seconds();
      if (seconds === undefined) return;
      const by = { ArrowLeft: -FRAME_SECONDS, ArrowRight: FRAME_SECONDS, PageDown: -1, PageUp: 1 }[event.key];
      const to = { Home: 0, End: seconds }[event.key];
      if (event.key === 'Enter' || event.key === ' ') acts.press();
      else if (by !== undefined) acts.move(acts.cursor() + by);
      else if (to !== undefined) acts.move(to);
      else return;
      event.preventDefault();
    });
  }
}
