import { fetched, save } from '../shared/files.js';
import { alertOf, say, sizeText } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { Progress } from './course.js';
import { sayReady, sayTraining } from './lesson-status.js';
import { LessonView, SIZES, type Size, type Source, type State } from './lesson-view.js';
import { CELLS, type Cell, type Continued, type Data, type Report } from './messages.js';
import { MOST_BYTES, readData } from './read-data.js';
import { describeSaved } from './saved-file.js';
import { WorkerLine } from './worker-line.js';

/** Milliseconds between two pictures; longer for those who want less motion. */
const DRAW_MS = 200;
const CALM_MS = 1000;

/** One network on one text or series: it learns, stops, goes on, is saved and loaded. */
export class Lesson {
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
  private readonly view: LessonView;

  constructor(
    private readonly link: Permalink,
    private readonly places: { readonly text: string; readonly series: string },
    code: HTMLElement,
  ) {
    const cell = link.text('cell', 'LSTM') as Cell;
    this.cell = CELLS.includes(cell) ? cell : 'LSTM';
    const size = link.text('units', '64') as Size;
    this.size = SIZES.includes(size) ? size : '64';
    this.source = link.text('data', 'moby') === 'sunspots' ? 'sunspots' : 'moby';
    this.view = new LessonView(
      {
        take: (source) => void this.take(source),
        cell: (chosen) => {
          this.cell = chosen;
          this.change('cell', chosen);
        },
        size: (chosen) => {
          this.size = chosen;
          this.change('units', chosen);
        },
        use: (text) => this.give('What you pasted', text),
        open: (file) => void this.open(file),
        press: () => this.press(),
        anew: () => this.begin(),
        save: () => this.save(),
      },
      code,
    );
  }

  get element(): HTMLElement {
    return this.view.element;
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
        this.view.paste.focus();
      }
      return;
    }
    try {
      const place = source === 'moby' ? this.places.text : this.places.series;
      const text = await (await fetched(place)).text();
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
    this.view.trouble.replaceChildren();
  }

  private rest(...facts: string[]): void {
    sayReady(this.view.status, this.name, this.data, facts);
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
    this.view.trouble.replaceChildren();
    const lesson = { cell, units: Number(size), seed: 1, data };
    this.line.begin({ kind: 'learn', lesson, resume, weights });
    say(this.view.status, '', 'Beginning', this.name);
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
    sayTraining(this.view.status, this.state, progress, this.speed, this.facts);
    if (this.state === 'running') this.showSoon();
    else this.show();
  }

  private save(): void {
    if (this.state === 'running') this.line.order({ kind: 'save' });
    else if (this.model) this.download(this.model);
  }

  private download(model: Uint8Array): void {
    save(`${this.cell.toLowerCase()}-${this.size}.safetensors`, model);
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
    const { source, cell, size, state, early, data, progress, texts, continued } = this;
    this.view.show({ source, cell, size, state, early, data, progress, texts, continued });
  }

  private complain(bold: string, message: string): void {
    say(this.view.status, 'bad', bold.replace(/\.$/, ''));
    this.show();
    this.view.trouble.replaceChildren(alertOf(bold, message));
  }
}
