import { make } from '../shared/dom.js';
import { alertOf, button, Choice, say, sizeText } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { continuedChart, lossChart, normChart, seriesChart } from './charts.js';
import { codeOf } from './code.js';
import { Progress } from './course.js';
import { CELLS, type Cell, type Continued, type Data, type Report } from './messages.js';
import { MOST_BYTES, readData } from './read-data.js';
import { describeSaved } from './saved-file.js';
import { WorkerLine } from './worker-line.js';

const SOURCES = { moby: 'Moby-Dick', sunspots: 'Sunspots', own: 'My own' } as const;
type Source = keyof typeof SOURCES;

const SIZES = ['16', '32', '64', '128'] as const;
type Size = (typeof SIZES)[number];
/** Milliseconds between two pictures; longer for those who want less motion. */
const DRAW_MS = 200;
const CALM_MS = 1000;

type State = 'idle' | 'running' | 'stopped' | 'done';

/** One network on one text or series: settings, charts, samples; stop, go on, save, load. */
export class Lesson {
  readonly element: HTMLElement;
  private source: Source;
  private cell: Cell;
  private size: Size;
  private state: State = 'idle';
  private data: Data | undefined;
  private name = '';
  private own = '';
  private weights: Uint8Array | undefined;
  private checkpoint: Uint8Array | undefined;
  private model: Uint8Array | undefined;
  private progress = new Progress();
  private texts: { step: number; text: string }[] = [];
  private continued: Continued | undefined;
  private facts: readonly string[] = [];
  private speed = 0;
  private early = false;
  private drawn = 0;
  private timer = 0;
  private readonly line = new WorkerLine((report) => this.hear(report));
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly trouble = make('div');
  private readonly loss = make('div', { class: 'chart' });
  private readonly norm = make('div', { class: 'chart' });
  private readonly sample = make('div', { class: 'sample', 'aria-live': 'off' });
  private readonly caption = make('p', { class: 'cap' });
  private readonly main = button('Train', () => this.press(), true);
  private readonly anew = button('Begin anew', () => this.begin());
  private readonly keep = button('Save', () => this.save());
  private readonly sources = new Choice<Source>('What it learns from', SOURCES, (source) => void this.take(source));
  private readonly cells = new Choice<Cell>('Cell', { RNN: 'RNN', LSTM: 'LSTM', GRU: 'GRU' }, (cell) => {
    this.cell = cell;
    this.change('cell', cell);
  });
  private readonly sizes = new Choice<Size>('Units', { '16': '16', '32': '32', '64': '64', '128': '128' }, (size) => {
    this.size = size;
    this.change('units', size);
  });
  private readonly paste = make('textarea', {
    rows: 5,
    spellcheck: 'false',
    placeholder: 'A text, or numbers one to a line',
  });
  private readonly ownPart = make('div', { class: 'own' });
  private readonly field = fileField(
    'A text or a series',
    '.txt,.csv,.md,.json,text/*',
    (file) => void this.open(file),
  );
  private readonly load = fileField('A saved model', '.safetensors', (file) => void this.open(file));

  constructor(
    private readonly link: Permalink,
    private readonly places: { readonly text: string; readonly series: string },
    private readonly code: HTMLElement,
  ) {
    const cell = link.text('cell', 'LSTM') as Cell;
    this.cell = CELLS.includes(cell) ? cell : 'LSTM';
    const size = link.text('units', '64') as Size;
    this.size = SIZES.includes(size) ? size : '64';
    this.source = link.text('data', 'moby') === 'sunspots' ? 'sunspots' : 'moby';
    this.ownPart.append(
      make('label', {}, 'A text or a series', this.paste),
      make(
        'div',
        { class: 'btns' },
        button('Use this', () => this.give('What you pasted', this.paste.value)),
        button('A file', () => this.field.click()),
        this.field,
      ),
    );
    const named = (name: string, choice: HTMLElement) =>
      make('div', {}, make('h3', { 'aria-hidden': 'true' }, name), choice);
    this.element = make(
      'div',
      {},
      this.status,
      make(
        'div',
        { class: 'two' },
        make('div', {}, this.trouble, this.loss, this.norm, this.sample, this.caption),
        make(
          'div',
          { class: 'side' },
          make('section', {}, named('What it learns from', this.sources.element), this.ownPart),
          make('section', {}, named('Cell', this.cells.element), named('Units', this.sizes.element)),
          make(
            'section',
            {},
            make('div', { class: 'btns' }, this.main, this.anew),
            make(
              'div',
              { class: 'btns' },
              this.keep,
              button('Load', () => this.load.click()),
              this.load,
            ),
          ),
        ),
      ),
    );
  }

  async start(): Promise<void> {
    await this.take(this.source);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.line.close();
  }

  /** A file of the visitor's: a model that was saved here, a text, a series. */
  async open(file: File): Promise<void> {
    if (file.size > MOST_BYTES) {
      const most = sizeText(MOST_BYTES);
      return this.complain(
        'Too large.',
        `${file.name} has ${sizeText(file.size)}, and this page takes ${most}. On the command line, npx hiddenstate train takes more.`,
      );
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!file.name.endsWith('.safetensors')) return this.give(file.name, new TextDecoder().decode(bytes));
    try {
      const saved = describeSaved(file.name, bytes);
      if (this.data && this.data.kind !== saved.task) await this.take(saved.task === 'text' ? 'moby' : 'sunspots');
      this.cell = saved.cell;
      this.size = String(saved.units) as Size;
      this.reset();
      this.weights = bytes;
      this.rest(`Loaded ${file.name}: training goes on from its weights`);
    } catch (error) {
      this.complain('Not loaded.', (error as Error).message);
    }
  }

  private async take(source: Source): Promise<void> {
    this.source = source;
    this.link.set('data', source === 'sunspots' ? source : undefined);
    this.weights = undefined;
    if (source === 'own') {
      this.reset();
      if (this.own !== '') this.give(this.name, this.own);
      else {
        this.data = undefined;
        this.rest();
        this.paste.focus();
      }
      return;
    }
    try {
      const place = source === 'moby' ? this.places.text : this.places.series;
      const answer = await fetch(place);
      if (!answer.ok) throw new Error(`The server answered ${answer.status} for ${place}.`);
      const text = await answer.text();
      if (this.source !== source) return;
      this.data = readData(text);
      this.name = source === 'moby' ? 'The first chapters of Moby-Dick' : 'Sunspots a year, 1700 to 2008';
      this.reset();
      this.rest();
    } catch (error) {
      this.complain('Not loaded.', (error as Error).message);
    }
  }

  private give(name: string, text: string): void {
    this.source = 'own';
    this.link.set('data', undefined);
    this.reset();
    this.weights = undefined;
    try {
      this.data = readData(text);
      this.own = text;
      this.name = name;
      this.rest();
    } catch (error) {
      this.data = undefined;
      this.rest();
      this.complain('Not used.', `${name}: ${(error as Error).message}`);
    }
  }

  private change(name: string, value: string): void {
    this.link.set(name, value);
    this.weights = undefined;
    this.reset();
    this.rest();
  }

  /** Nothing is learnt yet. */
  private reset(): void {
    if (this.state === 'running') this.line.giveUp();
    this.state = 'idle';
    this.checkpoint = undefined;
    this.model = undefined;
    this.progress = new Progress();
    this.texts = [];
    this.continued = undefined;
    this.facts = [];
    this.trouble.replaceChildren();
  }

  private rest(...facts: string[]): void {
    const { data } = this;
    const size =
      data === undefined
        ? []
        : [
            `${this.name}: ${data.kind === 'text' ? `${[...data.text].length.toLocaleString('en')} characters` : `${data.values.length} numbers`}`,
          ];
    say(
      this.status,
      'off',
      data ? 'Ready' : 'Nothing to learn from yet',
      ...size,
      ...facts,
      'Everything stays in this tab',
    );
    this.show();
  }

  private press(): void {
    if (this.state === 'running') this.line.order({ kind: 'stop' });
    else if (this.state === 'stopped') this.learn(this.checkpoint);
    else this.begin();
  }

  private begin(): void {
    const { weights } = this;
    this.reset();
    this.weights = weights;
    this.learn();
  }

  private learn(resume?: Uint8Array): void {
    const { data, cell, size, weights } = this;
    if (!data) return;
    this.state = 'running';
    this.trouble.replaceChildren();
    const lesson = { cell, units: Number(size), seed: 1, data };
    this.line.begin({ kind: 'learn', lesson, resume, weights });
    say(this.status, '', 'Beginning', this.name);
    this.show();
  }

  private hear(report: Report): void {
    const { progress } = this;
    switch (report.kind) {
      case 'begun':
        this.facts = [
          `${report.parameters.toLocaleString('en')} parameters`,
          `${report.stepsAnEpoch} steps an epoch`,
          ...(report.alphabet > 0 ? [`${report.alphabet} different characters`] : []),
        ];
        break;
      case 'steps':
        progress.add(report.steps);
        if (report.perSecond > 0) this.speed = report.perSecond;
        break;
      case 'epoch':
        progress.held.push([report.step, report.held]);
        break;
      case 'text':
        // The first stays, to compare with.
        this.texts = [...this.texts.slice(0, 1), report];
        break;
      case 'continued':
        this.continued = report.continued;
        break;
      case 'saved':
        this.download(report.model);
        return;
      case 'stopped':
        this.state = 'stopped';
        this.checkpoint = report.checkpoint;
        this.model = report.model;
        break;
      case 'done':
        this.state = 'done';
        this.early = report.early;
        this.model = report.model;
        break;
      case 'failed':
        this.state = 'idle';
        this.complain('It stopped.', report.message);
        return;
    }
    this.sayState();
    if (this.state === 'running') this.showSoon();
    else this.show();
  }

  private sayState(): void {
    const { state, progress } = this;
    const steps = `step ${progress.step.toLocaleString('en')}`;
    if (state === 'running')
      say(this.status, '', 'Training', steps, `${Math.round(this.speed)} steps a second, in a worker`, ...this.facts);
    if (state === 'stopped')
      say(this.status, 'off', 'Stopped', steps, 'It goes on exactly where it was', ...this.facts);
    if (state === 'done') say(this.status, 'good', 'Done', steps, ...this.facts);
  }

  private save(): void {
    if (this.state === 'running') this.line.order({ kind: 'save' });
    else if (this.model) this.download(this.model);
  }

  private download(model: Uint8Array): void {
    const url = URL.createObjectURL(new Blob([model as Uint8Array<ArrayBuffer>]));
    make('a', { href: url, download: `${this.cell.toLowerCase()}-${this.size}.safetensors` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  private showSoon(): void {
    if (this.timer) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const wait = Math.max(0, this.drawn + (calm ? CALM_MS : DRAW_MS) - performance.now());
    this.timer = window.setTimeout(() => this.show(), wait);
  }

  show(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.drawn = performance.now();
    const { state, progress, data } = this;
    this.sources.value = this.source;
    this.cells.value = this.cell;
    this.sizes.value = this.size;
    this.ownPart.hidden = this.source !== 'own';
    this.main.textContent = { idle: 'Train', running: 'Stop', stopped: 'Go on', done: 'Train again' }[state];
    this.main.disabled = !data;
    this.anew.hidden = state !== 'stopped';
    this.keep.disabled = state === 'idle';
    this.code.textContent = codeOf(data?.kind ?? 'text', this.cell, Number(this.size));
    const width = Math.floor(this.loss.clientWidth);
    if (width === 0) return;
    const begun = progress.losses.length > 1;
    const unit = data?.kind === 'series' ? 'squared error, in variances' : 'bits a character';
    const course = { cell: this.cell, unit, ...progress };
    this.loss.replaceChildren(...(begun ? [lossChart(course, width)] : this.before(width)));
    this.norm.replaceChildren(...(begun ? [normChart(course, width)] : []));
    this.showSample(width);
    this.describe(begun);
  }

  /** What it will learn from. */
  private before(width: number): Element[] {
    const { data } = this;
    if (!data)
      return [
        make(
          'p',
          { class: 'quiet' },
          'Paste a text or numbers, or drop a file here. Numbers are read one to a line, or from the last column of a CSV.',
        ),
      ];
    if (data.kind === 'series') return [seriesChart(data.values, width)];
    return [
      make('p', { class: 'small quiet' }, 'It begins'),
      make('p', { class: 'wrote' }, `${[...data.text.slice(0, 700)].slice(0, 300).join('')} …`),
    ];
  }

  private showSample(width: number): void {
    if (this.continued) {
      this.sample.replaceChildren(
        make('h3', {}, 'What it says comes next, and what came'),
        continuedChart(this.cell, this.continued, width),
      );
      return;
    }
    this.sample.replaceChildren(
      ...this.texts
        .toReversed()
        .flatMap(({ step, text }) => [
          make(
            'h3',
            {},
            step === 1
              ? 'What it wrote after its first step'
              : `What it writes after ${step.toLocaleString('en')} steps`,
          ),
          make('p', { class: 'wrote' }, text),
        ]),
    );
  }

  private describe(begun: boolean): void {
    const { progress, data, state } = this;
    const { best } = progress;
    const text = data?.kind === 'text';
    if (!begun || !best) {
      this.caption.replaceChildren(
        begun ? 'The last tenth is held out: after each epoch it judges what was learnt.' : '',
      );
      return;
    }
    const [step, held] = best;
    const worse = progress.held[progress.held.length - 1][1] > held;
    this.caption.replaceChildren(
      make(
        'b',
        {},
        `${held.toFixed(text ? 3 : 4)} ${text ? 'bits for a held-out character' : 'of the variance is left of the held-out values'}, after ${step.toLocaleString('en')} steps. `,
      ),
      worse && state !== 'done'
        ? 'It has not become better since: what it learns now is the training part by heart. '
        : '',
      state === 'done'
        ? `${this.early ? 'It stopped because the held-out part became no better' : 'It has had all its epochs'}, and has the weights of that step. `
        : '',
      'The last tenth is held out. Gradients longer than 1 are cut to 1.',
    );
  }

  private complain(bold: string, message: string): void {
    say(this.status, 'bad', bold.replace(/\.$/, ''));
    this.show();
    this.trouble.replaceChildren(alertOf(bold, message));
  }
}

function fileField(label: string, accept: string, take: (file: File) => void): HTMLInputElement {
  const field = make('input', {
    type: 'file',
    accept,
    hidden: true,
    'aria-label': label,
    onchange: () => {
      const file = field.files?.[0];
      field.value = '';
      if (file) take(file);
    },
  });
  return field;
}
