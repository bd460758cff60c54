import './panel.css';
import { copyText, make } from '../shared/dom.js';
import { Permalink } from '../shared/permalink.js';
import { drawFor } from '../shared/svg.js';
import { WorkerClient } from '../shared/worker-client.js';
import { codeOf } from './code.js';
import { forecastRows, save, standalone } from './downloads.js';
import { emptyState } from './empty.js';
import { MOST_BYTES } from './limits.js';
import type { Choice, Judged, Read, Request } from './messages.js';
import { isNetwork, LOOKS, type Model, RUNG_NAMES } from './models.js';
import { drawForecast, type Part } from './picture.js';
import { scoreTable } from './score-table.js';
import { Settings } from './settings.js';
import { captionOf, verdictOf } from './verdict.js';

const SAMPLE = 'co2';

/**
 * `<hs-forecast sample="co2.csv">`: a column of a CSV file, forecast by every rung of the ladder from many origins, each time
 * knowing only what came before. All in a worker of this tab.
 */
class ForecastPanel extends HTMLElement {
  private readonly link = new Permalink();
  private worker: WorkerClient<Request> | undefined;
  private text = '';
  private name = '';
  private data: Read | undefined;
  private models: Model[] = [];
  /** What these values are nothing for, and why. */
  private leftOut: string[] = [];
  private turn = 0;
  private busy = false;
  private settings = new Settings(this.link, () => this.forecast());
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly progress = make('div', { class: 'progress', hidden: true }, make('i'));
  private readonly controls = make('div', { class: 'in' });
  private readonly result = make('div', { class: 'result' });
  private readonly code = make('pre', { class: 'code', tabindex: 0 });
  private readonly choose = make('input', {
    type: 'file',
    accept: '.csv,.tsv,.txt',
    hidden: true,
    'aria-label': 'A CSV file',
    onchange: () => {
      this.take(this.choose.files?.[0]);
      this.choose.value = '';
    },
  });

  connectedCallback(): void {
    this.querySelector('.fallback')?.remove();
    this.append(this.status, this.progress, this.controls, this.result, this.choose, this.codeSection());
    for (const type of ['dragenter', 'dragover'] as const) {
      this.addEventListener(type, (event) => {
        event.preventDefault();
        this.classList.add('over');
      });
    }
    this.addEventListener('dragleave', () => this.classList.remove('over'));
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.classList.remove('over');
      const [file] = event.dataTransfer?.files ?? [];
      if (file) this.take(file);
      else this.paste(event.dataTransfer?.getData('text') ?? '');
    });
    this.startWorker();
    this.showHead();
    if (this.link.text('sample', '') === SAMPLE) this.takeSample(false);
    else this.wait();
  }

  disconnectedCallback(): void {
    this.turn++;
    this.worker?.stop();
    this.worker = undefined;
  }

  private wait(): void {
    this.halt();
    this.turn++;
    this.classList.remove('coming');
    this.link.set('sample', undefined);
    this.say('off', 'No series yet', 'It is read in this tab and sent nowhere.');
    this.controls.replaceChildren();
    this.result.replaceChildren(
      emptyState({
        choose: () => this.choose.click(),
        sample: () => this.takeSample(true),
        paste: (text) => this.paste(text),
      }),
    );
    this.showCode();
  }

  /** @param fresh whether the settings that suit the sample are set */
  private async takeSample(fresh: boolean): Promise<void> {
    this.classList.add('coming');
    this.link.set('sample', SAMPLE);
    if (fresh || !this.link.has('horizon')) this.settings.set({ horizon: 24, period: 12, column: 'CO2' });
    const source = this.getAttribute('sample') as string;
    try {
      const answer = await fetch(source);
      if (!answer.ok) throw new Error(`the server answered ${answer.status} for ${source}`);
      await this.read(await answer.text(), 'co2-concentration.csv');
    } catch (error) {
      this.refuse('co2-concentration.csv', (error as Error).message);
    }
  }

  private async take(file: File | undefined): Promise<void> {
    if (!file) return;
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
    this.say('', 'Reading', name);
    this.classList.add('coming');
    this.result.replaceChildren();
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
    this.leftOut = [];
    const begin = performance.now();
    const { task, seeds } = this.settings;
    const rungs = RUNG_NAMES.filter((rung) => rung !== 'seasonal' || task.options.period !== undefined);
    const all = rungs.reduce((sum, rung) => sum + (isNetwork(rung) ? seeds : 1), 0);
    let done = 0;
    this.showCode();
    for (const rung of rungs) {
      const judged: Judged[] = [];
      for (let seed = 0; seed < (isNetwork(rung) ? seeds : 1); seed++) {
        this.sayProgress(done++, all, `${LOOKS[rung].label}${isNetwork(rung) ? `, seed ${seed}` : ''}`);
        try {
          const request = { kind: 'judge', rung, seed, task: { ...task, values: data.values } } as const;
          const answer = await this.ask<Judged>(request);
          if (turn !== this.turn) return;
          judged.push(answer);
        } catch (error) {
          if (turn !== this.turn) return;
          this.leftOut.push(`${LOOKS[rung].label}: ${(error as Error).message}`);
          break;
        }
      }
      if (judged.length > 0) this.models.push({ rung, seeds: judged });
      if (this.models.length > 0 && !isNetwork(rung)) continue;
      if (this.models.length > 0) this.show();
    }
    this.progress.hidden = true;
    if (this.models.length === 0) {
      this.refuse(this.name, this.leftOut[0] ?? 'no model could be fitted');
      return;
    }
    this.show();
    const seconds = ((performance.now() - begin) / 1000).toPrecision(2);
    this.say('good', 'Done', `in ${Number(seconds)} s, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`, ...this.facts());
  }

  private stop(): void {
    this.turn++;
    this.halt();
    this.progress.hidden = true;
    this.say('off', 'Stopped', `${this.models.length} models are there`, ...this.facts());
    if (this.models.length > 0) this.show();
  }

  private show(): void {
    const data = this.data as Read;
    const { models } = this;
    const { level, horizon } = this.settings;
    const verdict = verdictOf(models, horizon, level);
    const chosen = models.some(({ rung }) => rung === this.link.text('model', ''))
      ? this.link.text('model', '')
      : verdict.best;
    const part: Part = this.link.text('part', 'latest') === 'next' ? 'next' : 'latest';
    const box = make('div', { class: 'place' });
    const caption = make('figcaption');
    const parts = (['latest', 'next'] as const).map((each) =>
      make(
        'button',
        {
          type: 'button',
          'aria-pressed': String(each === part),
          onclick: () => {
            this.link.set('part', each === 'latest' ? undefined : each);
            this.show();
          },
        },
        each === 'latest' ? `The last ${horizon}, held out` : `The next ${horizon}`,
      ),
    );
    const focused = (document.activeElement as HTMLElement | null)?.textContent;
    this.result.replaceChildren(
      make('div', { class: 'verd' }, make('h2', {}, verdict.title), make('p', {}, verdict.why)),
      make('div', { class: 'seg', role: 'group', 'aria-label': 'Part' }, ...parts),
      make('figure', {}, box, caption),
      make(
        'section',
        { class: 'blk' },
        make('h2', {}, 'Errors on the last fifth'),
        scoreTable(models, chosen, { horizon, level, choose: (rung) => this.pick(rung) }),
        make(
          'p',
          { class: 'cap' },
          `Mean absolute error in the units of ${data.name}, from ${models[0].seeds[0].origins} origins, each time told only what came before. Networks: mean and standard deviation over the seeds. A diamond: intervals of ${Math.round(100 * level)} % held clearly less than they should.`,
          ...this.leftOut.map((why) => make('span', { class: 'left-out' }, `Left out. ${why}`)),
        ),
      ),
    );
    drawFor(box, (width) => {
      const { svg, outside } = drawForecast(data, models, chosen, part, width);
      caption.replaceChildren(...captionOf(part, LOOKS[chosen].label, level, outside));
      return svg;
    });
    if (focused) {
      const again = [...this.result.querySelectorAll('button')].find((button) => button.textContent === focused);
      again?.focus({ preventScroll: true });
    }
  }

  private pick(rung: string): void {
    this.link.set('model', rung);
    this.show();
  }

  private showControls(): void {
    const data = this.data as Read;
    const button = (label: string, act: () => void) =>
      make('button', { class: 'btn', type: 'button', onclick: act }, label);
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
    this.read(this.text, this.name);
  }

  private download(kind: 'csv' | 'svg'): void {
    if (this.models.length === 0 || !this.data) return;
    const stem = `${this.name.replace(/\.\w+$/, '')}-forecast`;
    if (kind === 'csv') save(`${stem}.csv`, 'text/csv', forecastRows(this.data, this.models));
    else save(`${stem}.svg`, 'image/svg+xml', standalone(this.result.querySelector('svg.chart') as SVGElement));
  }

  /** The series cannot be forecast: why, and what can be done. */
  private refuse(name: string, message: string): void {
    this.turn++;
    this.progress.hidden = true;
    this.classList.remove('coming');
    this.say('bad', 'It cannot be forecast', name);
    this.controls.replaceChildren();
    const missing = /missing/.test(message);
    this.result.replaceChildren(
      make('div', { class: 'err', role: 'alert' }, make('p', {}, make('b', {}, 'It cannot be forecast. '), message)),
      make(
        'div',
        { class: 'btns' },
        ...(missing
          ? (['skip', 'last', 'interpolate'] as const).map((way) =>
              make(
                'button',
                { class: 'btn', type: 'button', onclick: () => this.again({ ...this.settings.choice, missing: way }) },
                { skip: 'Leave such rows out', last: 'Take the value before', interpolate: 'Draw a straight line' }[
                  way
                ],
              ),
            )
          : []),
        make('button', { class: 'btn', type: 'button', onclick: () => this.wait() }, 'Another series'),
      ),
    );
  }

  private facts(): string[] {
    const { name, values, dates, notes } = this.data as Read;
    const span = dates ? [`${dates.first} to ${dates.last}`] : [];
    return [`${this.name}, ${values.length.toLocaleString('en')} values of ${name}`, ...span, ...notes];
  }

  private sayProgress(done: number, all: number, what: string): void {
    const stop = make('button', { class: 'btn sm', type: 'button', onclick: () => this.stop() }, 'Stop');
    const focused = this.status.contains(document.activeElement);
    this.say('', 'Forecasting', `${done} of ${all}: ${what}`, ...this.facts());
    this.status.append(stop);
    if (focused) stop.focus();
    this.progress.hidden = false;
    (this.progress.firstElementChild as HTMLElement).style.width = `${(100 * done) / all}%`;
  }

  private say(lamp: '' | 'off' | 'good' | 'bad', verb: string, ...facts: string[]): void {
    this.status.replaceChildren(
      make('span', {}, make('span', { class: `lamp ${lamp}` }), make('b', {}, verb)),
      ...facts.map((fact) => make('span', {}, fact)),
    );
  }

  private showHead(): void {
    const copy: HTMLElement = make(
      'button',
      { class: 'btn', type: 'button', onclick: () => copyText(this.link.address, copy) },
      'Copy link to this state',
    );
    this.querySelector('.head .btns')?.replaceChildren(copy, make('a', { class: 'btn', href: '#code' }, 'Code'));
  }

  private codeSection(): HTMLElement {
    const copy: HTMLElement = make(
      'button',
      { class: 'btn', type: 'button', onclick: () => copyText(this.code.textContent ?? '', copy) },
      'Copy this code',
    );
    return make(
      'section',
      { class: 'blk', id: 'code' },
      make('div', { class: 'copy' }, make('h2', {}, 'The same in your code'), copy),
      this.code,
    );
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
