import { make } from '../shared/dom.js';
import { button } from '../shared/parts.js';
import type { Stretch } from './track.js';

/** Stretches that get a button each. */
const LISTED = 8;

/** A button for each stretch of speech: it plays. */
export class StretchList {
  readonly element = make('div', { class: 'btns stretches' });
  private listed = '';

  constructor(private readonly play: (start: number, end: number) => void) {}

  show(stretches: readonly Stretch[]): void {
    // While it plays, each picture asks: what did not change keeps its focus.
    const key = stretches.map(({ start, end }) => `${start} ${end}`).join();
    if (key === this.listed) return;
    this.listed = key;
    this.element.replaceChildren(
      ...stretches
        .slice(0, LISTED)
        .map(({ start, end }) =>
          button(`Play ${start.toFixed(2)} to ${end.toFixed(2)} s`, () => this.play(start, end)),
        ),
      stretches.length > LISTED ? make('span', { class: 'tiny' }, `and ${stretches.length - LISTED} more`) : '',
    );
  }
}
