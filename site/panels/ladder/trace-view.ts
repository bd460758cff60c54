import { make } from '../shared/dom.js';
import type { Permalink } from '../shared/permalink.js';
import { drawFor } from '../shared/svg.js';
import { columnsIn, drawBelt } from './belt.js';
import type { Cell, Trace } from './messages.js';
import { shown } from './symbols.js';
import type { Words } from './words.js';

/** One unit of a learnt cell along the held-out text, with ways to another unit and further on. */
export class TraceView {
  readonly element: HTMLElement;
  private nth: number;
  private from: number;
  private readonly box = make('div', { class: 'place' });
  private readonly caption = make('figcaption', { 'aria-live': 'polite' });
  private readonly draw: () => void;

  constructor(
    private readonly cell: Cell,
    private readonly trace: Trace,
    private readonly words: Words,
    private readonly link: Permalink,
  ) {
    const unit = link.number(`${cell}-unit`, -1, -1, trace.units - 1);
    this.nth = Math.max(
      0,
      trace.ranked.findIndex((each) => each.unit === unit),
    );
    this.from = link.number(`${cell}-from`, Math.max(0, trace.symbols.indexOf('"') - 4), 0, trace.symbols.length - 8);
    const button = (label: string, act: () => void) =>
      make('button', { class: 'btn', type: 'button', onclick: act }, label);
    this.element = make(
      'figure',
      {},
      make(
        'div',
        { class: 'btns trace' },
        button(words.earlier, () => this.move(-1)),
        button(words.later, () => this.move(1)),
        button(words.anotherUnit, () => this.another()),
      ),
      this.box,
      this.caption,
    );
    this.say();
    this.draw = drawFor(this.box, (width) => drawBelt(cell, trace, this.unit, this.from, width, words));
  }

  private get unit(): number {
    return this.trace.ranked[this.nth].unit;
  }

  private move(by: number): void {
    const columns = columnsIn(this.box.clientWidth);
    const last = Math.max(0, this.trace.symbols.length - columns);
    this.from = Math.min(last, Math.max(0, this.from + by * Math.ceil(columns / 2)));
    this.link.set(`${this.cell}-from`, this.from);
    this.draw();
  }

  private another(): void {
    this.nth = (this.nth + 1) % this.trace.ranked.length;
    this.link.set(`${this.cell}-unit`, this.unit);
    this.draw();
    this.say();
  }

  private say(): void {
    const { words, trace, cell } = this;
    const { unit, symbol, there, elsewhere } = trace.ranked[this.nth];
    const number = (value: number) => value.toFixed(2).replace('-', '−');
    this.caption.replaceChildren(
      make(
        'b',
        {},
        `${words.unit(unit, trace.units)} ${words.finding[cell](symbol === ' ' ? words.space : `“${shown(symbol)}”`, number(there), number(elsewhere))}`,
      ),
      ` ${cell === 'rnn' ? words.bars : words.thickness}`,
    );
  }
}
