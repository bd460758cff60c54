import { make } from '../shared/dom.js';
import type { Written } from './writer.js';

/** Characters of running text that are shown. */
const SHOWN = 180;

/** The text that was written, a bar under each character for what a unit held then, and the caret. */
export function saidOf(written: readonly Written[], unit: number): HTMLElement[] {
  const from = beginning(written);
  const recent = written.slice(from);
  const greatest = recent.reduce((most, { held }) => Math.max(most, Math.abs(held[unit])), 1e-6);
  const letters = recent.map(({ character, held }) =>
    make(
      'i',
      { class: character.trim() ? undefined : 's', style: `--a:${(held[unit] / greatest).toFixed(2)}` },
      character === '\n' ? ' ' : character,
    ),
  );
  const before = from > 0 ? [make('span', {}, '… ')] : [];
  return [...before, ...words(letters), make('span', { class: 'caret', 'aria-hidden': 'true' })];
}

/** Where what is shown begins: at a whole word, unless one is longer than all that is shown. */
function beginning(written: readonly Written[]): number {
  const least = written.length - SHOWN;
  if (least <= 0) return 0;
  const space = written.findIndex(({ character }, i) => i >= least && !character.trim());
  return space < 0 ? least : space + 1;
}

/** Letters in words that do not break within. */
function words(letters: HTMLElement[]): HTMLElement[] {
  const spans: HTMLElement[] = [];
  let word = make('span', { class: 'w' });
  for (const letter of letters) {
    word.append(letter);
    if (letter.className === 's') {
      spans.push(word);
      word = make('span', { class: 'w' });
    }
  }
  spans.push(word);
  return spans;
}
