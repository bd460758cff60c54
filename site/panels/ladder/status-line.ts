import { make } from '../shared/dom.js';
import { button, type Lamp, say } from '../shared/parts.js';
import type { Cell, Opened, Result } from './messages.js';
import type { Words } from './words.js';

/** How far the learning is. */
export interface Learning {
  readonly opened: Opened | undefined;
  readonly learning: boolean;
  /** Networks that are learnt, of so many. */
  readonly done: readonly Result[];
  readonly cells: readonly Cell[];
  readonly seed: number;
}

/** What the panel is doing, and a button to stop it, to learn, or to learn anew. */
export class StatusLine {
  constructor(
    private readonly place: HTMLElement,
    private readonly act: (whole: boolean) => void,
  ) {}

  show(words: Words, { opened, learning, done, cells, seed }: Learning): void {
    const whole = done.length === cells.length;
    const seconds = done.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
    const [lamp, verb, how]: [Lamp, string, string] =
      learning || !opened
        ? ['', words.learningVerb, words.learning(done.length, cells.length)]
        : whole
          ? ['good', words.learnt, words.here(seconds.toFixed(1))]
          : ['off', done.length > 0 ? words.stopped : words.paused, words.pausedHow];
    const status = make('div', { class: 'status', role: 'status' });
    say(status, lamp, verb, how, ...(opened ? [factsOf(opened, words)] : []), words.seed(seed));
    const label = learning ? words.stop : whole ? words.again : words.learn;
    const act = button(label, () => this.act(whole), !learning && !whole);
    act.disabled = !opened;
    const focused = this.place.contains(document.activeElement);
    this.place.replaceChildren(status, make('div', { class: 'btns' }, act));
    if (focused) act.focus();
  }
}

function factsOf({ stock, characters: { known, held, symbols } }: Opened, words: Words): string {
  return words.facts(stock.values.length, known + held, symbols);
}
