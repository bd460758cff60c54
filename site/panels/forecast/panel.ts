import './panel.css';
import { make } from '../shared/dom.js';
import { fetched, fileField, save } from '../shared/files.js';
import { alertOf, button, codeBlock, say } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { type Inside, PanelShell } from '../shared/shell.js';
import { WorkerClient } from '../shared/worker-client.js';
import { codeOf } from './code.js';
import { contest } from './contest.js';
import { forecastRows, standalone } from './downloads.js';
import { emptyState } from './empty.js';
import { MOST_BYTES } from './limits.js';
import type { Choice, Judged, Read, Request } from './messages.js';
import type { Model } from './models.js';
import { Result } from './result.js';
import { Settings } from './settings.js';

const SAMPLE = 'co2';

/**
 * `<hs-forecast sample="co2.csv">`: a column of a CSV file, forecast by every rung of the ladder from many origins, each time
 * knowing only what came before. All in a worker of this tab.
 */
class ForecastPanel extends PanelShell {
  private link!: Permalink;
  private settings!: Settings;
  private result!: Result;
  private worker: WorkerClient<Request> | undefined;
  private text = '';
  private name = '';
  private data: Read | undefined;
  private models: readonly Model[] = [];
  private turn = 0;
  private busy = false;
  private code: HTMLElement = make('pre');
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly progress = make('div', { class: 'progress', hidden: true }, make('i'));
  private readonly controls = make('div', { class: 'in' });
  private readonly field = fileField('A CSV file', '.csv,.tsv,.txt', (file) => void this.take(file));

  protected fill(link: Permalink): Inside {
    this.link = link;
    this.settings = new Settings(link, () => void this.forecast());
    this.result = new Result(link, this.settings);
    const { section, code } = codeBlock('The same in your code', 'code');
    this.code = code;
    return {
      elements: [this.status, this.progress, this.controls, this.result.element, this.field, section],
      take: (file) => void this.take(file),
      paste: (text) => void this.paste(text),
      dispose: () => {
        this.turn++;
        this.worker?.stop();
        this.worker = undefined;
      },
    };
  }

  protected override begin(): void {
    this.startWorker();
    if (this.link.text('sample', '') === SAMPLE) void this.takeSample(false);
    else this.wait();
  }

  private wait(): void {
    this.halt();
    this.turn++;
    this.classList.remove('coming');
    this.link.set('sample', undefined);
    say(this.status, 'off', 'No series yet', 'It is read in this tab and sent nowhere.');
    this.controls.replaceChildren();
    this.result.element.replaceChildren(
      emptyState({
        choose: () => this.field.click(),
        sample: () => void this.takeSample(true),
        paste: (text) => void this.paste(text),
      }),
    );
    this.showCode();
  }

  /** @param fresh whether the settings that suit the sample are set */
  private async takeSample(fresh: boolean): Promise<void> {
    this.classList.add('coming');
    this.link.set('sample', SAMPLE);
    if (fresh || !this.link.has('horizon')) this.settings.set({ horizon: 24, period: 12, column: 'CO2' });
    try {
      await this.read(await (await fetched(this.given('sample'))).text(), 'co2-concentration.csv');
    } catch (error) {
      this.refuse('co2-concentration.csv', (error as Error).message);
    }
  }

  private async take(file: File): Promise<void> {
    this.link.set('sample', undefined);
    this.settings.forget();
    if (file.size > MOST_BYTES) {
      const size = `${(file.size / 1e6).toPrecision(3)} MB`;
      this.refuse(
        file.name,
        `got ${size}, expected at most ${MOST_BYTES / 1e6} MB. On the command line there is no limit: npx hiddenstate forecast ${file.name}`,
      );
      return;
    }
    await this.read(await file.text(), file.name);
  }

  private async paste(text: string): Promise<void> {
    this.link.set('sample', undefined);
    this.settings.forget();
    if (text.trim() === '') this.refuse('pasted', 'got nothing, expected a column of numbers, or a table with one');
    else await this.read(text, 'pasted');
  }

  private async read(text: string, name: string): Promise<void> {
    this.text = text;
    this.name = name;
    const turn = ++this.turn;
    this.halt();
    say(this.status, '', 'Reading', name);
    this.classList.add('coming');
    this.result.element.replaceChildren();
    try {
      const data = await this.ask<Read>({ kind: 'read', text, name, choice: this.settings.choice });
      if (turn !== this.turn) return;
      this.data = data;
      this.showControls();
      await this.forecast();
    } catch (error) {
      if (turn === this.turn) this.refuse(name, (error as Error).message);
    }
  }

  /** Every rung with every seed, one after the other; what is there already is shown. */
  private async forecast(): Promise<void> {
    const { data } = this;
    if (!data) return;
    const turn = ++this.turn;
    this.halt();
    this.models = [];
    const begin = performance.now();
    this.showCode();
    const leftOut = await contest(data, this.settings, {
      ask: (request) => this.ask<Judged>(request),
      wanted: () => turn === this.turn,
      onProgress: (done, all, what) => this.sayProgress(done, all, what),
      onModels: (models, left) => {
        this.models = models;
        this.result.show({ data, models, leftOut: left });
      },
    });
    if (!leftOut) return;
    this.progress.hidden = true;
    if (this.models.length === 0) {
      this.refuse(this.name, leftOut[0] ?? 'no model could be fitted');
      return;
    }
    const { seeds } = this.settings;
    const seconds = ((performance.now() - begin) / 1000).toPrecision(2);
    say(
      this.status,
      'good',
      'Done',
      `in ${Number(seconds)} s, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`,
      ...this.facts(),
    );
  }

  private stop(): void {
    this.turn++;
    this.halt();
    this.progress.hidden = true;
    say(this.status, 'off', 'Stopped', `${this.models.length} models are there`, ...this.facts());
  }

  private showControls(): void {
    const data = this.data as Read;
    this.controls.replaceChildren(
      make(
        'div',
        { class: 'btns' },
        button('Another series', () => this.wait()),
        button('Download forecasts (CSV)', () => this.download('csv')),
        button('Download picture (SVG)', () => this.download('svg')),
      ),
      this.settings.fields(data, (choice) => this.again(choice)),
    );
  }

  /** Reads the same table otherwise. */
  private again(choice: Choice): void {
    this.settings.set({ column: choice.column, where: choice.where, missing: choice.missing });
    void this.read(this.text, this.name);
  }

  private download(kind: 'csv' | 'svg'): void {
    if (this.models.length === 0 || !this.data) return;
    const stem = `${this.name.replace(/\.\w+$/, '')}-forecast`;
    if (kind === 'csv') save(`${stem}.csv`, forecastRows(this.data, this.models), 'text/csv');
    else save(`${stem}.svg`, standalone(this.result.element.querySelector('svg.chart') as SVGElement), 'image/svg+xml');
  }

  /** The series cannot be forecast: why, and what can be done. */
  private refuse(name: string, message: string): void {
    this.turn++;
    this.progress.hidden = true;
    this.classList.remove('coming');
    say(this.status, 'bad', 'It cannot be forecast', name);
    this.controls.replaceChildren();
    const ways = { skip: 'Leave such rows out', last: 'Take the value before', interpolate: 'Draw a straight line' };
    const mend = (way: keyof typeof ways) =>
      button(ways[way], () => this.again({ ...this.settings.choice, missing: way }));
    this.result.element.replaceChildren(
      alertOf('It cannot be forecast.', message),
      make(
        'div',
        { class: 'btns' },
        ...(/missing/.test(message) ? (['skip', 'last', 'interpolate'] as const).map(mend) : []),
        button('Another series', () => this.wait()),
      ),
    );
  }

  private facts(): string[] {
    const { name, values, dates, notes } = this.data as Read;
    const span = dates ? [`${dates.first} to ${dates.last}`] : [];
    return [`${this.name}, ${values.length.toLocaleString('en')} values of ${name}`, ...span, ...notes];
  }

  private sayProgress(done: number, all: number, what: string): void {
    const stop = button('Stop', () => this.stop());
    stop.classList.add('sm');
    const focused = this.status.contains(document.activeElement);
    say(this.status, '', 'Forecasting', `${done} of ${all}: ${what}`, ...this.facts());
    this.status.append(stop);
    if (focused) stop.focus();
    this.progress.hidden = false;
    (this.progress.firstElementChild as HTMLElement).style.width = `${(100 * done) / all}%`;
  }

  private showCode(): void {
    const { task, seeds } = this.settings;
    this.code.textContent = codeOf(this.name || 'co2.csv', this.data?.choice, task, seeds);
  }

  private async ask<R>(request: Request): Promise<R> {
    this.busy = true;
    const { worker } = this;
    try {
      return await (worker as WorkerClient<Request>).ask<R>(request);
    } finally {
      if (worker === this.worker) this.busy = false;
    }
  }

  /** Ends what is being worked out. Without a network no other worker could begin, so this one goes on to its end. */
  private halt(): void {
    if (!this.busy || !navigator.onLine) return;
    this.worker?.stop();
    this.busy = false;
    this.startWorker();
  }

  private startWorker(): void {
    this.worker = new WorkerClient<Request>(new URL('./forecast-worker.js', import.meta.url));
  }
}

customElements.define('hs-forecast', ForecastPanel);
