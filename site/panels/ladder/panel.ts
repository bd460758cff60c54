import './panel.css';
import { breathe } from '../shared/breathe.js';
import { copyText, make } from '../shared/dom.js';
import { fetched } from '../shared/files.js';
import { button, codeBlock } from '../shared/parts.js';
import { Permalink } from '../shared/permalink.js';
import { drawFor } from '../shared/svg.js';
import { WorkerClient } from '../shared/worker-client.js';
import { codeOf } from './code.js';
import { influenceChart, pair, TEXT_COLOURS } from './figures.js';
import { FlowView } from './flow-view.js';
import { MatrixView } from './matrix-view.js';
import type { Cell, Flow, Influence, Language, Opened, Request, Result, Rung, Trace } from './messages.js';
import { rungTable } from './rung-table.js';
import { StatusLine } from './status-line.js';
import { Steps } from './steps.js';
import { TraceView } from './trace-view.js';
import { type Words, wordsOf } from './words.js';

const CELLS: readonly Cell[] = ['rnn', 'lstm', 'gru'];
const MOST_ORDER = 12;

/**
 * `<hs-ladder series="stocks.csv">`: every rung from the naive forecast to the GRU, learnt in a worker of this tab from one
 * stock price and one text. The text of the rungs stands in the page, in English and in Korean.
 */
class LadderPanel extends HTMLElement {
  private readonly link = new Permalink();
  private readonly steps = new Steps(this, this.link);
  private worker: WorkerClient<Request> | undefined;
  private csv: Promise<string> | undefined;
  private words: Words = wordsOf('en');
  private opened: Opened | undefined;
  private results: Partial<Record<Rung, Result>> = {};
  /** Counts openings and learnings: answers to an older one are dropped. */
  private turn = 0;
  private learning = false;
  private flow: FlowView | undefined;
  private status: StatusLine | undefined;
  private readonly orderOf = () => this.link.number('order', 4, 1, MOST_ORDER);
  private readonly seedOf = () => this.link.number('seed', 0, 0, 1e6);

  private get language(): Language {
    return this.link.text('lang', 'en') === 'ko' ? 'ko' : 'en';
  }

  connectedCallback(): void {
    this.querySelector('.fallback')?.remove();
    this.status = new StatusLine(this.spot('status'), (whole) => this.act(whole));
    this.csv = fetched(this.getAttribute('series') as string).then((answer) => answer.text());
    this.csv.catch(() => undefined);
    this.open();
    this.steps.begin();
  }

  disconnectedCallback(): void {
    this.turn++;
    this.worker?.stop();
    this.worker = undefined;
  }

  /** Begins anew in the chosen language: what is learnt is a text in it. */
  private async open(): Promise<void> {
    const turn = ++this.turn;
    const { language } = this;
    this.words = wordsOf(language);
    this.lang = language;
    this.dataset.lang = language;
    this.results = {};
    this.opened = undefined;
    this.learning = false;
    this.worker ??= new WorkerClient<Request>(new URL('./ladder-worker.js', import.meta.url));
    this.layOut();
    try {
      const opened = await this.ask<Opened>({ kind: 'open', language, csv: await (this.csv as Promise<string>) });
      if (turn !== this.turn) return;
      this.opened = opened;
      this.show('naive', opened.naive);
      await breathe();
      if (turn !== this.turn) return;
      this.show('markov', opened.markov);
      await breathe();
      if (turn !== this.turn) return;
      this.spot('markov').append(new MatrixView(opened.matrix, this.words, this.link).element);
      await this.slide();
      await this.flow?.show();
      if (turn !== this.turn) return;
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) this.say();
      else await this.learn();
    } catch (error) {
      if (turn === this.turn) this.fail(error as Error);
    }
  }

  /** The networks, one after the other; between two of them other questions are answered. */
  private async learn(): Promise<void> {
    const turn = ++this.turn;
    this.learning = true;
    for (const cell of CELLS) delete this.results[cell];
    try {
      for (const cell of CELLS) {
        this.say();
        const result = await this.ask<Result>({
          kind: 'learn',
          cell,
          seed: this.seedOf(),
        });
        if (turn !== this.turn) return;
        this.show(cell, result);
        await breathe();
        await this.trace(cell);
      }
      this.learning = false;
      await this.influence();
      if (this.flow) this.flow.learnt = true;
      await this.flow?.show();
      this.say();
    } catch (error) {
      if (turn === this.turn) this.fail(error as Error);
    }
  }

  private stop(): void {
    this.turn++;
    this.learning = false;
    this.say();
  }

  private layOut(): void {
    const { words, link } = this;
    const copy: HTMLButtonElement = button(words.link, () => copyText(link.address, copy));
    const languages = (['en', 'ko'] as const).map((language) =>
      make(
        'button',
        {
          type: 'button',
          lang: language,
          'aria-pressed': String(language === this.language),
          onclick: () => {
            link.set('lang', language === 'en' ? undefined : language);
            this.open();
            // The page lays the other language out by itself first: to focus or to scroll at once would do both in one task.
            requestAnimationFrame(() =>
              setTimeout(() => {
                this.querySelector<HTMLElement>('.head [aria-pressed=true]')?.focus({ preventScroll: true });
                this.steps.show();
              }),
            );
          },
        },
        language === 'en' ? 'English' : '한국어',
      ),
    );
    this.querySelector('.head .btns')?.replaceChildren(
      make('div', { class: 'seg', role: 'group', 'aria-label': 'Language, 언어' }, ...languages),
      copy,
      make('a', { class: 'btn', href: '#code' }, words.code),
    );
    for (const slot of this.querySelectorAll<HTMLElement>('.slot')) {
      if (slot.dataset.slot !== 'status' || slot.children.length === 0) slot.replaceChildren();
    }
    for (const cell of CELLS) this.spot(cell).append(make('p', { class: 'small quiet waits' }, words.waits));
    this.layOutOrder();
    this.layOutFlow();
    this.showCode();
    this.say();
  }

  private layOutOrder(): void {
    const { words, link } = this;
    const value = make('span', { class: 'val' }, words.orderUnit(this.orderOf()));
    const range = make('input', { type: 'range', min: 1, max: MOST_ORDER, step: 1, value: this.orderOf() });
    range.addEventListener('input', () => {
      link.set('order', range.value);
      value.textContent = words.orderUnit(Number(range.value));
      this.showCode();
      this.slide();
    });
    this.spot('autoregressive').append(
      make('label', { class: 'slide' }, words.order, ' ', value, range),
      make('div', { class: 'result' }),
    );
  }

  private sliding = false;
  private again = false;

  /** Learns the autoregression of the chosen order; while it does, the last of more wishes is kept. */
  private async slide(): Promise<void> {
    this.again = true;
    if (this.sliding) return;
    this.sliding = true;
    try {
      while (this.again) {
        this.again = false;
        const { opened } = this;
        if (!opened) return;
        const result = await this.ask<Result>({ kind: 'order', order: this.orderOf() });
        if (opened === this.opened) this.show('autoregressive', result);
      }
    } finally {
      this.sliding = false;
    }
    if (this.results.gru) await this.influence();
  }

  private async influence(): Promise<void> {
    const { opened, words } = this;
    const order = this.orderOf();
    const influence = await this.ask<Influence>({ kind: 'influence', order });
    if (opened !== this.opened) return;
    this.chart(this.spot('memory'), (width) => influenceChart(influence, words, width), words.influenceCaption(order));
  }

  private layOutFlow(): void {
    const view: FlowView = new FlowView(this.words, this.link, async (wish) => {
      const { opened } = this;
      if (!opened) return undefined;
      const flow = await this.ask<Flow>({ kind: 'flow', ...wish, seed: this.seedOf() });
      return opened === this.opened ? flow : undefined;
    });
    this.flow = view;
    this.spot('gradients').append(view.element);
  }

  private async trace(cell: Cell): Promise<void> {
    const { opened } = this;
    const trace = await this.ask<Trace>({ kind: 'trace', cell });
    if (opened === this.opened) this.spot(cell).append(new TraceView(cell, trace, this.words, this.link).element);
  }

  private ask<R>(request: Request): Promise<R> {
    return (this.worker as WorkerClient<Request>).ask<R>(request);
  }

  private chart(place: HTMLElement, draw: (width: number) => SVGElement, caption: string): void {
    const box = make('div', { class: 'place' });
    place.replaceChildren(make('figure', {}, box, make('figcaption', {}, caption)));
    drawFor(box, draw);
  }

  private show(rung: Rung, result: Result): void {
    const { opened, words } = this;
    if (!opened) return;
    this.results[rung] = result;
    const shown = pair(rung, result, opened.naive, opened.stock, words);
    const slot = this.spot(rung);
    if (rung === 'autoregressive') slot.querySelector('.result')?.replaceChildren(shown);
    else slot.replaceChildren(shown);
    const all = Object.entries(this.results) as [Rung, Result][];
    const most = Math.max(...all.map(([, { text }]) => text.bits));
    for (const [name, { text }] of all) this.steps.figure(name, text.bits, text.bits / most, TEXT_COLOURS[name]);
    this.spot('all').replaceChildren(rungTable(this.results, opened.stock, words));
  }

  private say(): void {
    const done = CELLS.flatMap((cell) => this.results[cell] ?? []);
    const { opened, learning } = this;
    this.status?.show(this.words, { opened, learning, done, cells: CELLS, seed: this.seedOf() });
  }

  private act(whole: boolean): void {
    if (this.learning) {
      this.stop();
      return;
    }
    if (whole) this.link.set('seed', this.seedOf() + 1);
    this.learn();
  }

  private fail(error: Error): void {
    this.learning = false;
    this.spot('status').replaceChildren(
      make('div', { class: 'err', role: 'alert' }, make('b', {}, this.words.failed), error.message),
    );
  }

  private showCode(): void {
    const { section, code } = codeBlock(this.words.sameCode, 'code', this.words.copyCode);
    code.textContent = codeOf(this.orderOf(), this.seedOf());
    this.spot('code').replaceChildren(section);
  }

  private spot(name: string): HTMLElement {
    return this.querySelector(`.slot[data-slot="${name}"]`) as HTMLElement;
  }
}

customElements.define('hs-ladder', LadderPanel);
