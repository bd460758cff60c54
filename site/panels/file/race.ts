import { make } from '../shared/dom.js';
import { alertOf, button, roundText, sizeText } from '../shared/parts.js';
import type { Race } from './messages.js';
import { section } from './table.js';

/** Written into the panel when it is built. */
declare const RUNTIME_BYTES: { readonly ours: number; readonly theirs: number };

/** The race against onnxruntime-web, which is fetched on the click. */
export function racePart(race: () => Promise<Race>): HTMLElement {
  const place = make('div', { 'aria-live': 'polite' });
  const start = button('Race against onnxruntime-web', async () => {
    start.disabled = true;
    place.replaceChildren(
      make('p', { class: 'small quiet racing' }, 'Fetching onnxruntime-web, comparing, then seven rounds in turn …'),
    );
    try {
      place.replaceChildren(...figures(await race()));
    } catch (error) {
      place.replaceChildren(alertOf('No race.', (error as Error).message));
    }
    start.disabled = false;
  });
  return section(
    'Race it here',
    make(
      'p',
      { class: 'small' },
      'onnxruntime-web (14 MB) is fetched from this site when you press. Both get the same numbers; they are timed only if their outputs agree.',
    ),
    make('div', { class: 'btns' }, start),
    place,
  );
}

function figures({ difference, runs, ours, theirs, first }: Race): HTMLElement[] {
  return [
    make(
      'p',
      { class: 'small' },
      make('b', {}, 'Outputs agree'),
      `, so they may be timed: greatest difference ${difference.toPrecision(2)} over ${runs} runs.`,
    ),
    make(
      'div',
      { class: 'race' },
      lane('Bytes to fetch', sizeText, RUNTIME_BYTES.ours, RUNTIME_BYTES.theirs),
      lane('From nothing to the first result', inUnit('ms'), first.ours, first.theirs),
      lane('One run', inUnit('µs'), ours, theirs),
    ),
    make(
      'p',
      { class: 'cap' },
      'Bytes: all of hiddenstate/onnx, every operator and kernel, against the files that onnxruntime-web fetches for a CPU; both by brotli at level 9, counted when this site was built. First result: each in a worker of its own that holds nothing yet, its files fetched from this site. One run: medians of seven rounds in turn, one thread each, in this browser on this machine.',
    ),
  ];
}

function inUnit(unit: string): (value: number) => string {
  return (value) => `${roundText(value, 3)} ${unit}`;
}

/** Two bars from zero; ours is ink, the rival grey. */
function lane(title: string, say: (value: number) => string, ours: number, theirs: number): HTMLElement {
  const most = Math.max(ours, theirs);
  const bar = (name: string, value: number, colour: string) =>
    make(
      'div',
      { class: 'ln' },
      make('span', {}, name),
      make('b', { class: 'num' }, say(value)),
      make('i', { style: `width:${(value / most) * 100}%;background:var(${colour})` }),
    );
  const ratio = theirs / ours;
  return make(
    'div',
    { class: 'lane' },
    make('h3', {}, title),
    bar('hiddenstate', ours, '--ours'),
    bar('onnxruntime-web', theirs, '--rival'),
    make(
      'p',
      { class: 'x' },
      ratio >= 1 ? `${roundText(ratio, 2)} times less` : `${roundText(1 / ratio, 2)} times more`,
    ),
  );
}
