import { make } from '../shared/dom.js';

/** What can be done before there is a series. */
export interface EmptyActions {
  choose(): void;
  sample(): void;
  paste(text: string): void;
}

/** A place to drop a file on, a field to paste into, and a sample. */
export function emptyState({ choose, sample, paste }: EmptyActions): HTMLElement {
  const field = make('textarea', {
    rows: 5,
    spellcheck: 'false',
    placeholder: 'date,price\n2024-01,101.5\n2024-02,103.1\n…',
  });
  return make(
    'div',
    {},
    make(
      'div',
      { class: 'drop' },
      make(
        'p',
        {},
        make('b', {}, 'Drop a CSV here'),
        make('br'),
        make('span', { class: 'quiet small' }, 'a column of numbers; dates in another are read as people write them'),
      ),
      make(
        'div',
        { class: 'btns' },
        make('button', { class: 'btn main', type: 'button', onclick: sample }, 'Use CO₂ at Mauna Loa'),
        make('button', { class: 'btn', type: 'button', onclick: choose }, 'Choose a file'),
      ),
    ),
    make(
      'div',
      { class: 'paste' },
      make('label', {}, 'Or paste a table, or a column of numbers', field),
      make(
        'div',
        { class: 'btns' },
        make('button', { class: 'btn', type: 'button', onclick: () => paste(field.value) }, 'Forecast what I pasted'),
      ),
    ),
  );
}
