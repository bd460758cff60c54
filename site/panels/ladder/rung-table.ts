import { make } from '../shared/dom.js';
import { TEXT_COLOURS } from './figures.js';
import type { Result, Rung, Stock } from './messages.js';
import type { Words } from './words.js';

const ORDER: readonly Rung[] = ['naive', 'autoregressive', 'markov', 'rnn', 'lstm', 'gru'];

/** Every rung that was learnt, a row each; the best of a column in bold. */
export function rungTable(results: Partial<Record<Rung, Result>>, stock: Stock, words: Words): HTMLElement {
  const held = stock.values.length - stock.cut;
  const rungs = ORDER.filter((rung) => results[rung]);
  const rows = rungs.map((rung) => {
    const { series, text, size, milliseconds } = results[rung] as Result;
    return [text.bits, series.month, series.ahead, series.held, size, milliseconds];
  });
  const show: readonly ((value: number) => string)[] = [
    (value) => value.toFixed(2),
    (value) => value.toFixed(2),
    (value) => value.toFixed(2),
    (value) => `${value} / ${held}`,
    (value) => value.toLocaleString('en'),
    (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')),
  ];
  // Only errors have a best.
  const best = [0, 1, 2].map((column) => Math.min(...rows.map((row) => row[column])));
  const cell = (value: number, column: number) => {
    const text = show[column](value);
    return make('td', { class: 'n' }, column < best.length && value === best[column] ? make('b', {}, text) : text);
  };
  const table = make(
    'table',
    {},
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        ...words.table.map((name, i) => make('th', { scope: 'col', class: i > 0 ? 'n' : undefined }, name)),
      ),
    ),
    make(
      'tbody',
      {},
      ...rungs.map((rung, i) =>
        make(
          'tr',
          {},
          make(
            'th',
            { scope: 'row' },
            make('span', { class: 'key', style: `border-color:var(--${TEXT_COLOURS[rung]})` }),
            words.rungs[rung],
          ),
          ...rows[i].map(cell),
        ),
      ),
    ),
  );
  return make(
    'figure',
    {},
    make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': words.tableLabel }, table),
    make('figcaption', {}, words.allCaption),
  );
}
