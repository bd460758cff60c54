import { make } from '../shared/dom.js';
import { fileField } from '../shared/files.js';
import { alertOf, button } from '../shared/parts.js';
import type { Fill } from './feeds.js';
import type { Ran } from './messages.js';
import { fromMicrophone } from './microphone.js';
import { mono, section, table } from './table.js';

/**
 * A run on noise, zeros, the numbers of a file or the microphone, and what came out.
 *
 * @param count how many numbers the first input takes
 */
export function runPart(run: (fill: Fill) => Promise<Ran>, count: () => number): HTMLElement {
  const place = make('div', { 'aria-live': 'polite' });
  const show = async (fill: Fill | Promise<Fill>, doing = 'Running …') => {
    place.replaceChildren(make('p', { class: 'small quiet' }, doing));
    try {
      place.replaceChildren(...outcome(await run(await fill)));
    } catch (error) {
      place.replaceChildren(alertOf('It did not run.', (error as Error).message));
    }
  };
  const csv = fileField('A CSV of numbers', '.csv,.txt', async (file) => show(numbersOf(await file.text())));
  return section(
    'Run it',
    make(
      'div',
      { class: 'btns' },
      button('On noise', () => show('noise'), true),
      button('On zeros', () => show('zeros')),
      button('On a CSV', () => csv.click()),
      button('On the microphone', () => show(fromMicrophone(count()), 'Listening, at 16 kHz …')),
      csv,
    ),
    place,
  );
}

function outcome({ outputs, microseconds }: Ran): HTMLElement[] {
  const time = microseconds < 1000 ? `${microseconds.toFixed(1)} µs` : `${(microseconds / 1000).toFixed(2)} ms`;
  return [
    table(
      ['output', 'dims', 'first values'],
      outputs.map(({ name, dims, first }) => [mono(name), mono(dims), mono(first)]),
    ),
    make(
      'p',
      { class: 'cap' },
      make('b', {}, `${time} a run. `),
      'The mean of as many runs as fit into a tenth of a second.',
    ),
  ];
}

function numbersOf(text: string): Float32Array {
  const fields = text.split(/[\s,;]+/).filter(Boolean);
  const values = Float32Array.from(fields, Number);
  return values.filter((value) => !Number.isNaN(value));
}
