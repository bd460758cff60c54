import { copyText, make } from '../shared/dom.js';
import { Permalink } from '../shared/permalink.js';
import type { Row } from './worker.js';

const CELLS = ['LSTM', 'GRU', 'RNN'] as const;
type Cell = (typeof CELLS)[number];

/** `<hs-measure>`: one step of a cell on the visitor's machine, our builds and plain JavaScript by turns, in a worker. */
class MeasurePanel extends HTMLElement {
  private readonly link = new Permalink();
  private cell: Cell = 'LSTM';
  private worker: Worker | undefined;
  private rows: Row[] = [];
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly start = make(
    'button',
    { class: 'btn main', type: 'button', onclick: () => (this.worker ? this.stop('Stopped') : this.measure()) },
    'Measure',
  );
  private readonly cells = make('div', { class: 'seg', role: 'group', 'aria-label': 'Cell' });
  private readonly result = make('div');
  private readonly copy = make(
    'button',
    { class: 'btn', type: 'button', onclick: () => copyText(this.asText(), this.copy), hidden: true },
    'Copy the figures',
  );

  connectedCallback(): void {
    const asked = this.link.text('cell', 'LSTM') as Cell;
    this.cell = CELLS.includes(asked) ? asked : 'LSTM';
    this.querySelector('.fallback')?.remove();
    this.cells.replaceChildren(
      ...CELLS.map((cell) =>
        make(
          'button',
          { type: 'button', 'aria-pressed': String(cell === this.cell), onclick: () => this.choose(cell) },
          cell,
        ),
      ),
    );
    this.append(
      this.status,
      make('div', { class: 'btns', style: 'padding:var(--s-5) 0' }, this.cells, this.start, this.copy),
      this.result,
    );
    this.say('off', 'Ready', 'Five sizes, about ten seconds, in a worker of this tab.');
  }

  disconnectedCallback(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }

  private choose(cell: Cell): void {
    this.cell = cell;
    this.link.set('cell', cell);
    for (const button of this.cells.children) button.setAttribute('aria-pressed', String(button.textContent === cell));
    this.stop('Ready');
    this.rows = [];
    this.show();
  }

  private measure(): void {
    this.rows = [];
    this.show();
    this.worker = new Worker(new URL('./measure-worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<{ row?: Row; done?: boolean; error?: string }>) => {
      if (data.row) {
        this.rows.push(data.row);
        this.say('', 'Measuring', `${this.rows.length} of 5 sizes`);
        this.show();
      } else if (data.error) {
        this.stop('Stopped', data.error);
      } else {
        this.stop('Done', 'Medians of rounds in turn');
      }
    };
    this.worker.postMessage(this.cell);
    this.start.textContent = 'Stop';
    this.say('', 'Measuring', '0 of 5 sizes');
  }

  private stop(verb: string, ...facts: string[]): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.start.textContent = this.rows.length > 0 ? 'Measure again' : 'Measure';
    this.say(verb === 'Done' ? 'good' : 'off', verb, ...facts);
  }

  private say(lamp: '' | 'off' | 'good', verb: string, ...facts: string[]): void {
    this.status.replaceChildren(
      make('span', {}, make('span', { class: `lamp ${lamp}` }), make('b', {}, verb)),
      ...facts.map((fact) => make('span', {}, fact)),
    );
  }

  private show(): void {
    this.copy.hidden = this.rows.length === 0;
    if (this.rows.length === 0) {
      this.result.replaceChildren();
      return;
    }
    const names = Object.keys(this.rows[0].microseconds);
    const head = make(
      'tr',
      {},
      make('th', { scope: 'col' }, `µs a step, ${this.cell}`),
      ...this.rows.map(({ units }) => make('th', { scope: 'col', class: 'n' }, `${units} units`)),
    );
    const body = names.map((name) => {
      const plain = name === 'plain JavaScript';
      return make(
        'tr',
        {},
        make('td', {}, plain ? name : make('b', {}, name)),
        ...this.rows.map(({ microseconds }) => make('td', { class: 'n' }, microseconds[name].toPrecision(3))),
      );
    });
    const times = make(
      'tr',
      {},
      make('td', {}, 'plain JavaScript takes'),
      ...this.rows.map(({ microseconds }) =>
        make('td', { class: 'n' }, `${(microseconds['plain JavaScript'] / microseconds[names[0]]).toPrecision(2)} ×`),
      ),
    );
    this.result.replaceChildren(
      make(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Microseconds a step' },
        make('table', {}, make('thead', {}, head), make('tbody', {}, ...body, times)),
      ),
      make(
        'p',
        { class: 'cap' },
        'Batch 1, as many features as units, the state carried. Results are compared before anything is timed; contenders take turns. “Relaxed” appears where this browser has relaxed SIMD. If a figure looks odd, close other tabs and measure again.',
      ),
    );
  }

  private asText(): string {
    const names = Object.keys(this.rows[0].microseconds);
    const lines = names.map((name) =>
      [name, ...this.rows.map(({ microseconds }) => microseconds[name].toPrecision(3))].join('\t'),
    );
    return [
      [`µs a step, ${this.cell}`, ...this.rows.map(({ units }) => units)].join('\t'),
      ...lines,
      navigator.userAgent,
    ].join('\n');
  }
}

customElements.define('hs-measure', MeasurePanel);
