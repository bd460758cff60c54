import { inSlices } from '../shared/breathe.js';
import { make } from '../shared/dom.js';
import { columnsOf, paintCells, paintText } from '../shared/score.js';
import { Writer } from './writer.js';

/** The rows of the small score. */
const UNITS = 14;
/** Characters that are there at the beginning. */
const AT_FIRST = 100;

/** `<hs-remember model="…">`: the character model writes a line over the score of some of its units. */
export class RememberPanel extends HTMLElement {
  private readonly said = make('p', { class: 'line mono' });
  private readonly text = make('canvas', { role: 'img', 'aria-label': 'The characters' });
  private readonly cells = make('canvas', {
    role: 'img',
    'aria-label': 'What fourteen units hold after each character',
  });
  private readonly pause = make(
    'button',
    { class: 'btn', type: 'button', onclick: () => this.setRunning(!this.running) },
    'Pause',
  );
  private writer: Writer | undefined;
  private running = false;
  private timer = 0;

  async connectedCallback(): Promise<void> {
    const answer = await fetch(this.getAttribute('model') as string);
    if (!answer.ok) return;
    const writer = await Writer.of(new Uint8Array(await answer.arrayBuffer()));
    this.writer = writer;
    const prompt = writer.begin('Call me Ishmael.', 6, 0.6);
    const whole = await inSlices(prompt.length + AT_FIRST, (i) => {
      if (this.writer !== writer) return false;
      if (i < prompt.length) writer.read(prompt[i]);
      else writer.write();
      return true;
    });
    if (!whole) return;
    this.replaceChildren(
      this.said,
      this.text,
      this.cells,
      make(
        'div',
        { class: 'under' },
        make(
          'p',
          { class: 'cap' },
          make('b', {}, 'Nobody told a unit what to hold. '),
          'A square is one: its area is how much, filled above zero, hollow below.',
        ),
        make('div', { class: 'btns' }, this.pause, make('a', { class: 'btn', href: './write.html' }, 'Look closer')),
      ),
    );
    addEventListener('resize', () => this.show());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.show());
    this.setRunning(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
    this.writer?.dispose();
    this.writer = undefined;
  }

  private setRunning(running: boolean): void {
    this.running = running;
    this.pause.textContent = running ? 'Pause' : 'Write';
    clearInterval(this.timer);
    if (running) {
      this.timer = window.setInterval(() => {
        if (document.visibilityState !== 'visible' || !this.writer) return;
        this.writer.write();
        if (this.writer.written.length > 400) this.writer.written.splice(0, 100);
        this.show();
      }, 1000 / 12);
    }
    this.show();
  }

  private show(): void {
    const { writer } = this;
    if (!writer) return;
    const shown = Math.min(columnsOf(this.cells), writer.written.length);
    const window = writer.written.slice(-shown);
    const units = writer.telling().slice(0, UNITS);
    const values = new Float32Array(shown * UNITS);
    window.forEach(({ held }, i) => {
      units.forEach((unit, row) => {
        values[i * UNITS + row] = held[unit];
      });
    });
    paintText(
      this.text,
      window.map(({ character }) => character),
    );
    paintCells(this.cells, { values, rows: UNITS }, -1);
    this.said.textContent = `… ${writer.written
      .slice(-150)
      .map(({ character }) => character)
      .join('')}`;
  }
}
