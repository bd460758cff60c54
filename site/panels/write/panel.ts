import './panel.css';
import { breathe, inSlices } from '../shared/breathe.js';
import { make } from '../shared/dom.js';
import { alertOf, button, headButtons, say } from '../shared/parts.js';
import { Permalink } from '../shared/permalink.js';
import { COLUMN, columnsOf, paintCells, paintText, visible } from '../shared/score.js';
import { codeOf } from './code.js';
import { LookBack } from './look-back.js';
import { RememberPanel } from './remember.js';
import { saidOf } from './said.js';
import { ROWS, View } from './view.js';
import { Writer } from './writer.js';

/** Characters of text that stay on the page. */
const KEPT = 400;
const CHARACTERS_A_SECOND = 12;
/** Characters that are there at the beginning. */
const AT_FIRST = 120;

/**
 * `<hs-write model="moby-dick.int8.safetensors">`: a character model writes; each unit of its last layer is shown for
 * every character. Units can be chosen, pinned and removed; when the writing rests, the text is read back by gradient and the
 * gates of the chosen unit are shown.
 */
export class WritePanel extends HTMLElement {
  private readonly link = new Permalink();
  private writer: Writer | undefined;
  private back: LookBack | undefined;
  private unit = 0;
  private rows: number[] = [];
  private running = false;
  private cursor = -1;
  private timer = 0;
  private bytes = 0;
  /** Counts beginnings: one that was overtaken ends. */
  private turn = 0;
  private readonly view = new View({
    run: () => this.setRunning(!this.running),
    step: () => this.step(),
    again: () => void this.restart('seed', String(this.seed + 1)),
    remove: () => this.togglePin(0),
    hold: () => this.togglePin(undefined),
    findMarking: () => this.findMarking(),
  });
  private readonly redraw = () => this.show();

  async connectedCallback(): Promise<void> {
    const source = this.getAttribute('model') as string;
    this.querySelector('.fallback')?.remove();
    headButtons(this, this.link);
    this.append(this.view.element);
    this.view.clear();
    this.listen();
    say(this.view.status, 'off', 'Fetching the model');
    try {
      const answer = await fetch(source);
      if (!answer.ok) throw new Error(`The server answered ${answer.status} for ${source}.`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      this.bytes = bytes.length;
      this.writer = await Writer.of(bytes);
      await breathe();
      this.running = !matchMedia('(prefers-reduced-motion: reduce)').matches;
      if (await this.begin()) this.setRunning(this.running);
      this.back = new LookBack(bytes, this.redraw);
      if (!this.running) this.show();
    } catch (error) {
      this.writer = undefined;
      say(this.view.status, 'bad', 'Not loaded');
      this.view.status.after(alertOf('The model did not load.', (error as Error).message));
    }
  }

  disconnectedCallback(): void {
    this.turn++;
    this.setRunning(false);
    removeEventListener('resize', this.redraw);
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.redraw);
    this.back?.stop();
    this.writer?.dispose();
    this.back = undefined;
    this.writer = undefined;
  }

  private get temperature(): number {
    return Number(this.view.temperature.value);
  }

  private get seed(): number {
    return this.link.number('seed', 6, 0, 2 ** 31);
  }

  private listen(): void {
    const { view, link } = this;
    view.prompt.value = link.text('prompt', 'Call me Ishmael.');
    view.temperature.value = String(link.number('temperature', 0.6, 0, 1.5));
    view.prompt.addEventListener('input', () => void this.restart('prompt', view.prompt.value));
    view.temperature.addEventListener('input', () => {
      link.set('temperature', view.temperature.value);
      this.writer?.cool(this.seed + this.writer.written.length, this.temperature);
      this.show();
    });
    view.cells.addEventListener('click', (event) =>
      this.choose(this.rows[Math.floor(event.offsetY / COLUMN)] ?? this.unit),
    );
    view.cells.addEventListener('keydown', (event) => this.moveBy(event));
    for (const canvas of view.columns) {
      canvas.addEventListener('pointermove', (event) => this.setCursor(Math.floor(event.offsetX / COLUMN)));
      canvas.addEventListener('pointerleave', () => this.setCursor(-1));
    }
    addEventListener('resize', this.redraw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.redraw);
  }

  /**
   * The first characters, a few at a time: the page stays at its visitor's hand.
   *
   * @returns whether it came to its end
   */
  private async begin(): Promise<boolean> {
    const writer = this.writer as Writer;
    const turn = ++this.turn;
    const prompt = writer.begin(this.view.prompt.value, this.seed, this.temperature);
    const whole = await inSlices(prompt.length + AT_FIRST, (i) => {
      if (turn !== this.turn) return false;
      if (i < prompt.length) writer.read(prompt[i]);
      else writer.write();
      return true;
    });
    if (!whole) return false;
    for (const pair of this.link.text('pin', '').split(',').filter(Boolean)) {
      const [unit, value] = pair.split(':').map(Number);
      if (unit >= 0 && unit < writer.units && Number.isFinite(value)) writer.pin(unit, value);
    }
    await breathe();
    if (turn !== this.turn) return false;
    this.unit = this.link.number('unit', writer.telling()[0], 0, writer.units - 1);
    await breathe();
    if (turn !== this.turn) return false;
    this.rows = writer.around(this.unit, ROWS);
    return true;
  }

  private async restart(name: string, value: string): Promise<void> {
    this.link.set(name, value);
    if (!this.writer) return;
    clearInterval(this.timer);
    if (await this.begin()) this.setRunning(this.running);
  }

  private setRunning(running: boolean): void {
    this.running = running;
    clearInterval(this.timer);
    this.view.pause.textContent = running ? 'Pause' : 'Write';
    if (running) {
      this.timer = window.setInterval(() => {
        if (document.visibilityState === 'visible') this.step();
      }, 1000 / CHARACTERS_A_SECOND);
    }
    this.show();
  }

  private step(): void {
    const { writer } = this;
    if (!writer) return;
    writer.write();
    if (writer.written.length > KEPT) writer.written.splice(0, writer.written.length - KEPT);
    this.show();
  }

  private choose(unit: number): void {
    this.unit = unit;
    this.link.set('unit', unit);
    if (!this.rows.includes(unit)) this.rows = (this.writer as Writer).around(unit, ROWS);
    this.view.likeName.textContent = 'Units that move with it:';
    this.list((this.writer as Writer).alike(unit, 3));
    this.show();
  }

  private moveBy(event: KeyboardEvent): void {
    const row = this.rows.indexOf(this.unit);
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined && across === undefined) return;
    event.preventDefault();
    if (by !== undefined) this.choose(this.rows[Math.min(ROWS - 1, Math.max(0, row + by))]);
    if (across !== undefined)
      this.setCursor(Math.max(0, (this.cursor < 0 ? columnsOf(this.view.cells) : this.cursor) + across));
  }

  private setCursor(cursor: number): void {
    if (cursor === this.cursor) return;
    this.cursor = cursor;
    this.show();
  }

  /** Holds the chosen unit at a value, or where it is now; a second time lets it go. */
  private togglePin(value: number | undefined): void {
    const { writer, unit } = this;
    if (!writer) return;
    if (writer.pinned.has(unit)) writer.release(unit);
    else writer.pin(unit, value ?? writer.written[writer.written.length - 1].held[unit]);
    this.link.set('pin', [...writer.pinned].map(([which, at]) => `${which}:${at.toPrecision(4)}`).join(','));
    this.show();
  }

  private list(found: readonly { unit: number; correlation: number }[]): void {
    this.view.like.replaceChildren(
      ...found.map(({ unit, correlation }) => {
        const choose = button(`unit ${unit}`, () => this.choose(unit));
        choose.classList.add('sm');
        return make('li', {}, choose, make('span', { class: 'num' }, `r = ${correlation.toFixed(2)}`));
      }),
    );
  }

  /** Units that mark out the text selected on the page. */
  private findMarking(): void {
    const { writer, view } = this;
    const selection = getSelection();
    if (!writer) return;
    const letters = [...view.said.querySelectorAll('i')];
    const chosen = letters.map((letter, i) => (selection?.containsNode(letter, true) ? i : -1)).filter((i) => i >= 0);
    if (!selection || selection.isCollapsed || chosen.length === 0) {
      view.likeName.textContent = 'Select some of the text above first, then press again.';
      view.like.replaceChildren();
      return;
    }
    this.setRunning(false);
    const first = writer.written.length - letters.length;
    const found = writer.marking(first + chosen[0], first + chosen[chosen.length - 1] + 1, 3);
    this.choose(found[0].unit);
    view.likeName.textContent = 'Units that mark out what you selected:';
    this.list(found);
  }

  private show(): void {
    const { writer, view, unit, cursor } = this;
    if (!writer || writer.written.length === 0) return;
    const shown = Math.min(columnsOf(view.cells), writer.written.length);
    const from = writer.written.length - shown;
    const window = writer.written.slice(from);
    const characters = window.map(({ character }) => character);
    const rows = this.rows.includes(unit) ? this.rows : [unit, ...this.rows.slice(1)];
    const values = new Float32Array(shown * ROWS);
    window.forEach(({ held }, i) => {
      rows.forEach((row, j) => {
        values[i * ROWS + j] = held[row];
      });
    });
    paintText(view.text, characters, cursor);
    paintCells(view.cells, { values, rows: ROWS }, rows.indexOf(unit), cursor);
    const score = { characters, unit, units: writer.units, series: writer.series(unit, from), cursor };
    const look = this.running || shown < 3 ? undefined : this.back?.of(writer, from);
    view.paint(score, look);
    view.describe(score, look, this.running);
    view.said.replaceChildren(...saidOf(writer.written, unit));
    this.showSide(characters[shown - 1]);
  }

  private showSide(last: string): void {
    const { writer, view, unit } = this;
    if (!writer) return;
    view.temperatureValue.textContent = this.temperature.toFixed(1);
    view.nextName.textContent = `After “${visible(last)}”`;
    view.next.replaceChildren(
      ...writer
        .chances(6)
        .map(({ character, probability }) =>
          make(
            'li',
            { style: `--p:${(probability * 100).toFixed(1)}%` },
            make('span', { class: 'mono' }, { ' ': 'space', '\n': 'line' }[character] ?? character),
            make('span', { class: 'num' }, `${Math.round(probability * 100)} %`),
          ),
        ),
    );
    const pinned = writer.pinned.get(unit);
    view.sideName.textContent = pinned === undefined ? `Unit ${unit}` : `Unit ${unit}, held at ${pinned.toFixed(2)}`;
    view.pin.textContent = pinned === undefined ? 'Remove (hold at 0)' : 'Let it go';
    view.hold.hidden = pinned !== undefined;
    say(
      view.status,
      this.running ? '' : 'off',
      this.running ? 'Writing' : 'Paused',
      `${CHARACTERS_A_SECOND} characters a second`,
      `Model ${(this.bytes / 1e6).toFixed(1)} MB`,
      `${Math.round(writer.microseconds)} µs a character`,
      `Seed ${this.seed}`,
    );
    view.code.textContent = codeOf(view.prompt.value, this.temperature, this.seed);
  }
}

customElements.define('hs-write', WritePanel);
customElements.define('hs-remember', RememberPanel);
