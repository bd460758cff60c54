import { make } from '../shared/dom.js';
import type { Permalink } from '../shared/permalink.js';
import { drawFor } from '../shared/svg.js';
import { drawMatrix, rowAt, rowsIn } from './matrix.js';
import type { Matrix } from './messages.js';
import { shown } from './symbols.js';
import type { Words } from './words.js';

/** How many followers of a symbol are named. */
const NAMED = 6;

/** The matrix of the Markov chain: a row is chosen by pointer or arrows, and what follows is said. */
export class MatrixView {
  readonly element: HTMLElement;
  private row: number;
  private width = 0;
  private readonly place = make('div', { class: 'matrix', tabindex: 0, role: 'slider' });
  private readonly said = make('div', { class: 'follows', 'aria-live': 'polite' });
  private readonly draw: () => void;

  constructor(
    private readonly matrix: Matrix,
    private readonly words: Words,
    private readonly link: Permalink,
  ) {
    const letter = link.text('letter', 't');
    this.row = Math.max(
      0,
      matrix.symbols.findIndex((symbol) => shown(symbol) === letter),
    );
    this.element = make('figure', { class: 'two-parts' }, this.place, this.said);
    this.draw = drawFor(this.place, (width) => {
      this.width = width;
      return drawMatrix(matrix, this.row, width, words.matrixLabel);
    });
    this.place.addEventListener('click', (event) => {
      const { top } = (this.place.firstElementChild as Element).getBoundingClientRect();
      const row = rowAt(matrix, this.width, event.clientY - top);
      if (row >= 0) this.choose(row);
    });
    this.place.addEventListener('keydown', (event) => {
      const count = rowsIn(matrix, this.width);
      const { row } = this;
      const to = { ArrowDown: row + 1, ArrowRight: row + 1, ArrowUp: row - 1, ArrowLeft: row - 1, Home: 0, End: -1 };
      const next = to[event.key as keyof typeof to];
      if (next === undefined) return;
      event.preventDefault();
      this.choose((next + count) % count);
    });
    this.say();
  }

  private choose(row: number): void {
    this.row = row;
    this.link.set('letter', shown(this.matrix.symbols[row]));
    this.draw();
    this.say();
  }

  private say(): void {
    const { matrix, row, words } = this;
    const letter = shown(matrix.symbols[row]);
    const likely = matrix.rows[row]
      .map((p, i) => ({ p, symbol: matrix.symbols[i] }))
      .sort((a, b) => b.p - a.p)
      .slice(0, NAMED);
    const percent = (p: number) => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`;
    const text = likely.map(({ p, symbol }) => `${shown(symbol)} ${percent(p)}`).join(', ');
    for (const [name, value] of Object.entries({
      label: words.matrixLabel,
      valuemin: 1,
      valuemax: matrix.symbols.length,
      valuenow: row + 1,
    }))
      this.place.setAttribute(`aria-${name}`, String(value));
    this.place.setAttribute('aria-valuetext', `${words.follows(letter)} ${text}`);
    this.said.replaceChildren(
      make('h3', {}, words.follows(letter)),
      make(
        'ol',
        { class: 'next' },
        ...likely.map(({ p, symbol }) =>
          make(
            'li',
            { style: `--p:${(100 * p).toFixed(1)}%` },
            make('span', { class: 'mono' }, shown(symbol)),
            make('i'),
            make('span', { class: 'num' }, percent(p)),
          ),
        ),
      ),
      make('p', { class: 'tiny quiet' }, words.matrixLabel),
    );
  }
}
