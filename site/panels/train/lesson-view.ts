import { make } from '../shared/dom.js';
import { fileField } from '../shared/files.js';
import { button, Choice } from '../shared/parts.js';
import { widthOf } from '../shared/surface.js';
import { continuedChart, lossChart, normChart, seriesChart } from './charts.js';
import { codeOf } from './code.js';
import type { Progress } from './course.js';
import type { Cell, Continued, Data } from './messages.js';

const SOURCES = { moby: 'Moby-Dick', sunspots: 'Sunspots', own: 'My own' } as const;
export type Source = keyof typeof SOURCES;

export const SIZES = ['16', '32', '64', '128'] as const;
export type Size = (typeof SIZES)[number];

export type State = 'idle' | 'running' | 'stopped' | 'done';

/** Characters of a text that are shown before it is learnt, and on a narrow page. */
const SHOWN = 900;
const FEW = 300;

/** What the controls do. */
export interface LessonActs {
  take(source: Source): void;
  cell(cell: Cell): void;
  size(size: Size): void;
  use(text: string): void;
  open(file: File): void;
  press(): void;
  anew(): void;
  save(): void;
}

/** All that is shown of a lesson. */
export interface Shown {
  readonly source: Source;
  readonly cell: Cell;
  readonly size: Size;
  readonly state: State;
  readonly early: boolean;
  readonly data: Data | undefined;
  readonly progress: Progress;
  readonly texts: readonly { readonly step: number; readonly text: string }[];
  readonly continued: Continued | undefined;
}

/** Settings, charts and samples of a lesson. */
export class LessonView {
  readonly element: HTMLElement;
  readonly status = make('div', { class: 'status', role: 'status' });
  readonly trouble = make('div');
  readonly paste = make('textarea', {
    rows: 5,
    spellcheck: 'false',
    placeholder: 'A text, or numbers one to a line',
  });
  private readonly loss = make('div', { class: 'chart' });
  private readonly norm = make('div', { class: 'chart' });
  private readonly sample = make('div', { class: 'sample', 'aria-live': 'off' });
  private readonly caption = make('p', { class: 'cap' });
  private readonly ownPart = make('div', { class: 'own' });
  private readonly main: HTMLButtonElement;
  private readonly anew: HTMLButtonElement;
  private readonly keep: HTMLButtonElement;
  private readonly sources: Choice<Source>;
  private readonly cells: Choice<Cell>;
  private readonly sizes: Choice<Size>;

  constructor(
    acts: LessonActs,
    private readonly code: HTMLElement,
  ) {
    this.main = button('Train', acts.press, true);
    this.anew = button('Begin anew', acts.anew);
    this.keep = button('Save', acts.save);
    this.sources = new Choice<Source>('What it learns from', SOURCES, acts.take);
    this.cells = new Choice<Cell>('Cell', { RNN: 'RNN', LSTM: 'LSTM', GRU: 'GRU' }, acts.cell);
    this.sizes = new Choice<Size>('Units', { '16': '16', '32': '32', '64': '64', '128': '128' }, acts.size);
    const text = fileField('A text or a series', '.txt,.csv,.md,.json,text/*', acts.open);
    const model = fileField('A saved model', '.safetensors', acts.open);
    this.ownPart.append(
      make('label', {}, 'A text or a series', this.paste),
      row(
        button('Use this', () => acts.use(this.paste.value)),
        button('A file', () => text.click()),
        text,
      ),
    );
    const named = (name: string, choice: HTMLElement) =>
      make('div', {}, make('h3', { 'aria-hidden': 'true' }, name), choice);
    const side = [
      make('section', {}, named('What it learns from', this.sources.element), this.ownPart),
      make('section', {}, named('Cell', this.cells.element), named('Units', this.sizes.element)),
      make(
        'section',
        {},
        row(this.main, this.anew),
        row(
          this.keep,
          button('Load', () => model.click()),
          model,
        ),
      ),
    ];
    this.element = make(
      'div',
      {},
      this.status,
      make(
        'div',
        { class: 'two' },
        make('div', {}, this.trouble, this.loss, this.norm, this.sample, this.caption),
        make('div', { class: 'side' }, ...side),
      ),
    );
  }

  show(shown: Shown): void {
    const { source, cell, size, state, data, progress } = shown;
    this.sources.value = source;
    this.cells.value = cell;
    this.sizes.value = size;
    this.ownPart.hidden = source !== 'own';
    this.main.textContent = { idle: 'Train', running: 'Stop', stopped: 'Go on', done: 'Train again' }[state];
    this.main.disabled = !data;
    this.anew.hidden = state !== 'stopped';
    this.keep.disabled = state === 'idle';
    this.code.textContent = codeOf(data?.kind ?? 'text', cell, Number(size));
    const width = Math.floor(widthOf(this.loss));
    if (width === 0) return;
    const begun = progress.losses.length > 1;
    const unit = data?.kind === 'series' ? 'squared error, in variances' : 'bits a character';
    const course = { cell, unit, ...progress };
    this.loss.replaceChildren(...(begun ? [lossChart(course, width)] : before(data, source, width)));
    this.norm.replaceChildren(...(begun ? [normChart(course, width)] : []));
    this.sample.replaceChildren(...samples(shown, width));
    this.caption.replaceChildren(...finding(shown, begun));
  }
}

function row(...children: HTMLElement[]): HTMLElement {
  return make('div', { class: 'btns' }, ...children);
}

/** What it will learn from. */
function before(data: Data | undefined, source: Source, width: number): Element[] {
  if (!data) {
    const words =
      source === 'own'
        ? 'Paste a text or numbers, or drop a file here. Numbers are read one to a line, or from the last column of a CSV.'
        : '';
    return [make('p', { class: 'quiet' }, words)];
  }
  if (data.kind === 'series') return [seriesChart(data.values, width)];
  const begin = [...data.text.slice(0, 2 * SHOWN)].slice(0, width < 500 ? FEW : SHOWN).join('');
  return [
    make('p', { class: 'small quiet' }, 'It begins'),
    make('p', { class: 'wrote' }, `${begin}${begin.length < data.text.length ? ' …' : ''}`),
  ];
}

/** What it writes, the first time and now; or how it goes on with the series. */
function samples({ continued, cell, texts }: Shown, width: number): (HTMLElement | SVGElement)[] {
  if (continued)
    return [make('h3', {}, 'What it says comes next, and what came'), continuedChart(cell, continued, width)];
  return texts
    .toReversed()
    .flatMap(({ step, text }) => [
      make(
        'h3',
        {},
        step === 1 ? 'What it wrote after its first step' : `What it writes after ${step.toLocaleString('en')} steps`,
      ),
      make('p', { class: 'wrote' }, text),
    ]);
}

function finding({ progress, data, state, early }: Shown, begun: boolean): (Node | string)[] {
  const { best } = progress;
  if (!begun || !best) return [begun ? 'The last tenth is held out: after each epoch it judges what was learnt.' : ''];
  const text = data?.kind === 'text';
  const [step, held] = best;
  const worse = progress.held[progress.held.length - 1][1] > held;
  return [
    make(
      'b',
      {},
      `${held.toFixed(text ? 3 : 4)} ${text ? 'bits for a held-out character' : 'of the variance is left of the held-out values'}, after ${step.toLocaleString('en')} steps. `,
    ),
    worse && state !== 'done'
      ? 'It has not become better since: what it learns now is the training part by heart. '
      : '',
    state === 'done'
      ? `${early ? 'It stopped because the held-out part became no better' : 'It has had all its epochs'}, and has the weights of that step. `
      : '',
    'The last tenth is held out. Gradients longer than 1 are cut to 1.',
  ];
}
