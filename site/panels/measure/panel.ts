import './panel.css';
import { copyText, make } from '../shared/dom.js';
import { button, Choice, codeBlock, roundText, say } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { type Inside, PanelShell } from '../shared/shell.js';
import { widthOf } from '../shared/surface.js';
import { speedChart } from './chart.js';
import { codeOf } from './code.js';
import type { Cell } from './onnx-file.js';
import type { Answer, Order, Row } from './worker.js';

const CELLS = { LSTM: 'LSTM', GRU: 'GRU', RNN: 'RNN' } as const;
const PLAIN = 'plain JavaScript';

/** `<hs-measure ort="ort/">`: one step of a cell on the visitor's machine, our builds and their rivals, in a worker. */
class MeasurePanel extends PanelShell {
  private link!: Permalink;
  private cell: Cell = 'LSTM';
  private worker: Worker | undefined;
  private round = 0;
  private measuring = false;
  private rows: Row[] = [];
  private code: HTMLElement = make('pre');
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly start = button('Measure', () => (this.measuring ? this.stop('Stopped') : this.measure()), true);
  private readonly cells = new Choice<Cell>('Cell', CELLS, (cell) => this.choose(cell));
  private readonly rival = make('input', {
    type: 'checkbox',
    onchange: () => this.link.set('ort', this.rival.checked ? 1 : undefined),
  });
  private readonly chart = make('div');
  private readonly result = make('div', { class: 'figures' });
  private readonly copy: HTMLButtonElement = button('Copy the figures', () => copyText(this.asText(), this.copy));

  protected fill(link: Permalink): Inside {
    this.link = link;
    const asked = link.text('cell', 'LSTM') as Cell;
    this.cell = asked in CELLS ? asked : 'LSTM';
    this.rival.checked = link.text('ort', '') === '1';
    this.copy.hidden = true;
    const { section, code } = codeBlock('The same in your code', 'code');
    this.code = code;
    const controls = make(
      'div',
      { class: 'ctl' },
      this.cells.element,
      make('label', { class: 'check' }, this.rival, 'onnxruntime-web too (14 MB)'),
      this.start,
      this.copy,
    );
    return {
      elements: [this.status, controls, this.result, section],
      redraw: () => this.draw(),
      dispose: () => {
        this.worker?.terminate();
        this.worker = undefined;
      },
    };
  }

  protected override begin(): void {
    this.cells.value = this.cell;
    this.code.textContent = codeOf(this.cell);
    say(this.status, 'off', 'Ready', 'Five sizes, about ten seconds, in a worker of this tab.');
    this.show();
    this.worker = this.newWorker();
  }

  private choose(cell: Cell): void {
    this.cell = cell;
    this.link.set('cell', cell);
    this.cells.value = cell;
    this.code.textContent = codeOf(cell);
    this.rows = [];
    this.stop('Ready');
    this.show();
  }

  private measure(): void {
    this.rows = [];
    this.show();
    const ort = this.rival.checked ? new URL(this.given('ort'), location.href).href : undefined;
    this.measuring = true;
    this.worker ??= this.newWorker();
    this.order({ round: ++this.round, wish: { cell: this.cell, ort } });
    this.start.textContent = 'Stop';
    say(this.status, '', 'Measuring', '0 of 5 sizes');
  }

  private newWorker(): Worker {
    const worker = new Worker(new URL('./measure-worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.round === this.round) this.hear(data);
    };
    worker.onerror = ({ message }) => {
      this.worker = undefined;
      if (this.measuring) this.stop('Stopped', message || 'The worker did not start.');
    };
    return worker;
  }

  private hear(answer: Answer): void {
    if ('row' in answer) {
      this.rows.push(answer.row);
      say(this.status, '', 'Measuring', `${this.rows.length} of 5 sizes`);
      this.show();
    } else if ('error' in answer) {
      this.stop('Stopped', answer.error);
    } else {
      this.stop('Done', 'Medians of rounds in turn');
    }
  }

  private order(order: Order): void {
    this.worker?.postMessage(order);
  }

  private stop(verb: string, ...facts: string[]): void {
    this.measuring = false;
    this.order({ round: ++this.round });
    this.start.textContent = this.rows.length > 0 ? 'Measure again' : 'Measure';
    say(this.status, verb === 'Done' ? 'good' : 'off', verb, ...facts);
  }

  private show(): void {
    this.copy.hidden = this.rows.length === 0;
    if (this.rows.length === 0) {
      this.result.replaceChildren(
        make('p', { class: 'quiet' }, 'Press Measure. The table fills size by size, and a chart stands below it.'),
      );
      return;
    }
    this.result.replaceChildren(this.table(), make('figure', {}, this.chart, this.caption()));
    this.draw();
  }

  private draw(): void {
    const width = Math.floor(widthOf(this.chart));
    if (width > 0 && this.rows.length > 1) this.chart.replaceChildren(speedChart(this.rows, width));
    else this.chart.replaceChildren();
  }

  private table(): HTMLElement {
    const names = Object.keys(this.rows[0].microseconds);
    const cellsOf = (text: (row: Row) => string) => this.rows.map((row) => make('td', { class: 'n' }, text(row)));
    const head = make(
      'tr',
      {},
      make('th', { scope: 'col' }, `µs a step, ${this.cell}`),
      ...this.rows.map(({ units }) => make('th', { scope: 'col', class: 'n' }, `${units} units`)),
    );
    const body = names.map((name) =>
      make(
        'tr',
        {},
        make('td', {}, name.startsWith('hiddenstate') ? make('b', {}, name) : name),
        ...cellsOf(({ microseconds }) => roundText(microseconds[name], 3)),
      ),
    );
    const ratios = names
      .filter((name) => !name.startsWith('hiddenstate'))
      .map((rival) =>
        make(
          'tr',
          {},
          make('td', {}, `${rival} takes`),
          ...cellsOf(({ microseconds }) => `${roundText(microseconds[rival] / microseconds[names[0]], 2)} ×`),
        ),
      );
    return make(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Microseconds a step' },
      make('table', {}, make('thead', {}, head), make('tbody', {}, ...body, ...ratios)),
    );
  }

  private caption(): HTMLElement {
    const { units, microseconds } = this.rows[this.rows.length - 1];
    const ratio = microseconds[PLAIN] / microseconds[Object.keys(microseconds)[0]];
    return make(
      'figcaption',
      {},
      make('b', {}, `At ${units} units plain JavaScript takes ${roundText(ratio, 2)} times as long. `),
      'Batch 1, as many features as units, the state carried. Results are compared before anything is timed; contenders take turns, onnxruntime-web after them. “Relaxed” appears where this browser has relaxed SIMD. If a figure looks odd, close other tabs and measure again.',
    );
  }

  private asText(): string {
    const names = Object.keys(this.rows[0].microseconds);
    const lines = names.map((name) =>
      [name, ...this.rows.map(({ microseconds }) => Number(microseconds[name].toPrecision(3)))].join('\t'),
    );
    return [
      [`µs a step, ${this.cell}`, ...this.rows.map(({ units }) => units)].join('\t'),
      ...lines,
      navigator.userAgent,
    ].join('\n');
  }
}

customElements.define('hs-measure', MeasurePanel);
