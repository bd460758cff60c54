import './panel.css';
import { copyText, make } from '../shared/dom.js';
import { Permalink } from '../shared/permalink.js';
import { COLUMN, columnsOf, paintArea, paintBars, paintCells, paintText, visible } from '../shared/score.js';
import type { Reader } from './gradient.js';
import { RememberPanel } from './remember.js';
import { Writer } from './writer.js';

/** Units shown at once, the marked one first. */
const ROWS = 16;
/** Characters of text that stay on the page. */
const KEPT = 400;
const CHARACTERS_A_SECOND = 12;

/**
 * `<hs-write model="moby-dick.int8.safetensors">`: a character model writes; each unit of its last layer is shown for
 * every character. Units can be chosen, pinned and removed, and the text read back by gradient.
 */
export class WritePanel extends HTMLElement {
  private readonly link = new Permalink();
  private writer: Writer | undefined;
  private reader: Reader | undefined;
  private unit = 0;
  private rows: number[] = [];
  private running = false;
  private cursor = -1;
  private timer = 0;
  private bytes = 0;
  private readonly parts = {
    status: make('div', { class: 'status', role: 'status' }),
    said: make('p', {
      class: 'said',
      role: 'group',
      'aria-live': 'off',
      'aria-label': 'The text; a bar under each character is what the chosen unit holds',
    }),
    text: make('canvas', { role: 'img', 'aria-label': 'The characters' }),
    gradient: make('canvas', {
      role: 'img',
      'aria-label': 'How strongly each earlier character moved the probability of the last',
    }),
    cells: make('canvas', { role: 'img', tabindex: 0, 'aria-label': 'What sixteen units hold' }),
    area: make('canvas', { role: 'img', 'aria-label': 'What the chosen unit holds' }),
    unitName: make('b'),
    areaName: make('b'),
    gradientName: make('span', { class: 'lab' }),
    caption: make('p', { class: 'cap' }),
    next: make('ol', { class: 'next', 'aria-label': 'Probability of the next character' }),
    nextName: make('h3'),
    sideName: make('h3'),
    like: make('ul', { class: 'like' }),
    likeName: make('p', { class: 'tiny quiet' }),
    code: make('pre', { class: 'code', tabindex: 0 }),
    prompt: make('textarea', { rows: 2, spellcheck: 'false' }),
    temperature: make('input', { type: 'range', min: 0, max: 1.5, step: 0.1 }),
    temperatureValue: make('span', { class: 'val' }),
    pause: make(
      'button',
      { class: 'btn main', type: 'button', onclick: () => this.setRunning(!this.running) },
      'Pause',
    ),
    pin: make('button', { class: 'btn', type: 'button', onclick: () => this.togglePin(0) }, 'Remove (hold at 0)'),
    hold: make('button', { class: 'btn', type: 'button', onclick: () => this.togglePin(undefined) }, 'Pin where it is'),
  };

  async connectedCallback(): Promise<void> {
    const source = this.getAttribute('model') as string;
    this.layOut();
    try {
      const answer = await fetch(source);
      if (!answer.ok) throw new Error(`the server answered ${answer.status} for ${source}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      this.bytes = bytes.length;
      this.writer = new Writer(bytes);
      this.begin();
      this.setRunning(!matchMedia('(prefers-reduced-motion: reduce)').matches);
    } catch (error) {
      this.writer = undefined;
      this.parts.status.replaceChildren(
        make('span', { role: 'alert' }, make('b', {}, 'The model did not load. '), String(error)),
      );
    }
  }

  disconnectedCallback(): void {
    this.setRunning(false);
    this.reader?.dispose();
    this.writer?.dispose();
    this.writer = undefined;
    this.reader = undefined;
  }

  private get temperature(): number {
    return Number(this.parts.temperature.value);
  }

  private get seed(): number {
    return this.link.number('seed', 6, 0, 2 ** 31);
  }

  private layOut(): void {
    const { parts, link } = this;
    parts.prompt.value = link.text('prompt', 'Call me Ishmael.');
    parts.temperature.value = String(link.number('temperature', 0.6, 0, 1.5));
    parts.prompt.addEventListener('input', () => this.restart('prompt', parts.prompt.value));
    parts.temperature.addEventListener('input', () => {
      link.set('temperature', parts.temperature.value);
      this.writer?.cool(this.seed + (this.writer?.written.length ?? 0), this.temperature);
      this.show();
    });
    parts.cells.addEventListener('click', (event) =>
      this.choose(this.rows[Math.floor(event.offsetY / COLUMN)] ?? this.unit),
    );
    parts.cells.addEventListener('keydown', (event) => this.moveBy(event));
    for (const canvas of [parts.text, parts.cells, parts.area, parts.gradient]) {
      canvas.addEventListener('pointermove', (event) => this.setCursor(Math.floor(event.offsetX / COLUMN)));
      canvas.addEventListener('pointerleave', () => this.setCursor(-1));
    }
    const copyLink = make(
      'button',
      { class: 'btn', type: 'button', onclick: () => copyText(link.address, copyLink) },
      'Copy link to this state',
    );
    const copyCode = make(
      'button',
      { class: 'btn', type: 'button', onclick: () => copyText(parts.code.textContent ?? '', copyCode) },
      'Copy this code',
    );
    const label = (bold: HTMLElement, ...rest: (Node | string)[]) => make('span', { class: 'lab' }, bold, ...rest);
    const head = this.querySelector('.btns');
    head?.replaceChildren(copyLink, make('a', { class: 'btn', href: '#code' }, 'Code'));
    const body = make(
      'div',
      {},
      parts.status,
      make(
        'div',
        { class: 'two' },
        make(
          'div',
          {},
          parts.said,
          make(
            'div',
            { class: 'score' },
            parts.gradientName,
            parts.gradient,
            make('span', { class: 'lab' }),
            parts.text,
            make('span', { class: 'sep' }),
            make(
              'span',
              { class: 'lab', style: 'align-self:start' },
              parts.unitName,
              `${ROWS} units: what they hold, c`,
            ),
            parts.cells,
            make('span', { class: 'sep' }),
            label(parts.areaName, 'holds, c'),
            parts.area,
          ),
          parts.caption,
        ),
        make(
          'div',
          { class: 'side' },
          make(
            'section',
            {},
            make('label', {}, 'Prompt', parts.prompt),
            make('label', {}, 'Temperature ', parts.temperatureValue, parts.temperature),
            make(
              'div',
              { class: 'btns' },
              parts.pause,
              make('button', { class: 'btn', type: 'button', onclick: () => this.step() }, 'Step'),
              make(
                'button',
                { class: 'btn', type: 'button', onclick: () => this.restart('seed', String(this.seed + 1)) },
                'Again',
              ),
            ),
          ),
          make('section', {}, parts.nextName, parts.next),
          make(
            'section',
            {},
            parts.sideName,
            make('div', { class: 'btns' }, parts.pin, parts.hold),
            make(
              'div',
              { class: 'btns' },
              make(
                'button',
                { class: 'btn', type: 'button', onclick: () => this.findMarking() },
                'Units like the selected text',
              ),
            ),
            parts.likeName,
            parts.like,
          ),
        ),
      ),
      make(
        'section',
        { id: 'code', 'aria-label': 'Code' },
        make('div', { class: 'copy' }, make('h2', {}, 'The same in your code'), copyCode),
        parts.code,
      ),
    );
    this.querySelector('.fallback')?.remove();
    this.append(body);
    addEventListener('resize', () => this.show());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.show());
    parts.status.replaceChildren(
      make('span', {}, make('span', { class: 'lamp off' }), make('b', {}, 'Fetching the model')),
    );
  }

  private begin(): void {
    const writer = this.writer as Writer;
    writer.begin(this.parts.prompt.value, this.seed, this.temperature);
    for (let i = 0; i < 120; i++) writer.write();
    for (const pair of this.link.text('pin', '').split(',').filter(Boolean)) {
      const [unit, value] = pair.split(':').map(Number);
      if (unit >= 0 && unit < writer.units && Number.isFinite(value)) writer.pin(unit, value);
    }
    this.unit = this.link.number('unit', writer.telling()[0], 0, writer.units - 1);
    this.rows = rowsAround(writer, this.unit);
    this.show();
  }

  private restart(name: string, value: string): void {
    this.link.set(name, value);
    if (this.writer) this.begin();
  }

  private setRunning(running: boolean): void {
    this.running = running;
    clearInterval(this.timer);
    this.parts.pause.textContent = running ? 'Pause' : 'Write';
    if (running) {
      this.timer = window.setInterval(() => {
        if (document.visibilityState === 'visible') this.step();
      }, 1000 / CHARACTERS_A_SECOND);
    } else if (this.writer) {
      this.readBack();
    }
    this.show();
  }

  private step(): void {
    const { writer } = this;
    if (!writer) return;
    writer.write();
    if (writer.written.length > KEPT) writer.written.splice(0, writer.written.length - KEPT);
    if (!this.running) this.readBack();
    this.show();
  }

  private choose(unit: number): void {
    this.unit = unit;
    this.link.set('unit', unit);
    if (!this.rows.includes(unit)) this.rows = rowsAround(this.writer as Writer, unit);
    this.listAlike();
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
      this.setCursor(Math.max(0, (this.cursor < 0 ? columnsOf(this.parts.cells) : this.cursor) + across));
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

  private listAlike(): void {
    const writer = this.writer as Writer;
    this.parts.likeName.textContent = 'Units that move with it:';
    this.list(writer.alike(this.unit, 3));
  }

  private list(found: readonly { unit: number; correlation: number }[]): void {
    this.parts.like.replaceChildren(
      ...found.map(({ unit, correlation }) =>
        make(
          'li',
          {},
          make('button', { class: 'btn sm', type: 'button', onclick: () => this.choose(unit) }, `unit ${unit}`),
          make('span', { class: 'num' }, `r = ${correlation.toFixed(2)}`),
        ),
      ),
    );
  }

  /** Units that mark out the text selected on the page. */
  private findMarking(): void {
    const { writer } = this;
    const selection = getSelection();
    if (!writer) return;
    const letters = [...this.parts.said.querySelectorAll('i')];
    const chosen = letters.map((letter, i) => (selection?.containsNode(letter, true) ? i : -1)).filter((i) => i >= 0);
    if (!selection || selection.isCollapsed || chosen.length === 0) {
      this.parts.likeName.textContent = 'Select some of the text above first, then press again.';
      this.parts.like.replaceChildren();
      return;
    }
    this.setRunning(false);
    const first = writer.written.length - letters.length;
    const found = writer.marking(first + chosen[0], first + chosen[chosen.length - 1] + 1, 3);
    this.choose(found[0].unit);
    this.parts.likeName.textContent = 'Units that mark out what you selected:';
    this.list(found);
  }

  /** The gradient back from the last character, when the writing rests. */
  private async readBack(): Promise<void> {
    const { writer } = this;
    if (!writer || writer.written.length < 3) return;
    if (!this.reader) {
      const { Reader } = await import('./gradient.js');
      this.reader ??= new Reader(writer);
    }
    this.show();
  }

  private show(): void {
    const { writer, parts, unit, cursor } = this;
    if (!writer) return;
    const shown = Math.min(columnsOf(parts.cells), writer.written.length);
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
    const still = this.reader !== undefined && !this.running;
    paintText(parts.text, characters, cursor);
    paintCells(parts.cells, { values, rows: ROWS }, rows.indexOf(unit), cursor);
    paintArea(parts.area, writer.series(unit, from), cursor);
    paintBars(parts.gradient, still ? (this.reader as Reader).read(from) : new Float32Array(shown), cursor);
    const last = characters[shown - 1];
    parts.gradientName.replaceChildren(
      make('b', {}, 'read from'),
      still ? `gradient of “${visible(last)}”` : 'pause to see it',
    );
    parts.unitName.textContent = `unit ${unit}`;
    parts.areaName.textContent = `unit ${unit}`;
    this.showText(unit);
    this.showSide(last);
    this.describe(characters, unit, from);
  }

  private showText(unit: number): void {
    const writer = this.writer as Writer;
    const recent = writer.written.slice(-180);
    const greatest = recent.reduce((most, { held }) => Math.max(most, Math.abs(held[unit])), 1e-6);
    this.parts.said.replaceChildren(
      ...words(
        recent.map(({ character, held }) =>
          make(
            'i',
            { class: character.trim() ? undefined : 's', style: `--a:${(held[unit] / greatest).toFixed(2)}` },
            character === '\n' ? ' ' : character,
          ),
        ),
      ),
      make('span', { class: 'caret', 'aria-hidden': 'true' }),
    );
  }

  private showSide(last: string): void {
    const { writer, parts, unit } = this;
    if (!writer) return;
    parts.temperatureValue.textContent = this.temperature.toFixed(1);
    parts.nextName.textContent = `After “${visible(last)}”`;
    parts.next.replaceChildren(
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
    parts.sideName.textContent = pinned === undefined ? `Unit ${unit}` : `Unit ${unit}, held at ${pinned.toFixed(2)}`;
    parts.pin.textContent = pinned === undefined ? 'Remove (hold at 0)' : 'Let it go';
    parts.hold.textContent = 'Pin where it is';
    parts.hold.hidden = pinned !== undefined;
    parts.status.replaceChildren(
      make(
        'span',
        {},
        make('span', { class: this.running ? 'lamp' : 'lamp off' }),
        make('b', {}, this.running ? 'Writing' : 'Paused'),
        `, ${CHARACTERS_A_SECOND} characters a second`,
      ),
      make('span', {}, `Model ${(this.bytes / 1e6).toFixed(1)} MB`),
      make('span', {}, `${Math.round(writer.microseconds)} µs a character`),
      make('span', {}, `Seed ${this.seed}`),
    );
    parts.code.textContent = codeOf(parts.prompt.value, this.temperature, this.seed);
  }

  /** A text of the picture for those who do not see it. */
  private describe(characters: readonly string[], unit: number, from: number): void {
    const { parts, writer, cursor } = this;
    const series = (writer as Writer).series(unit, from);
    const most = series.reduce((best, value, i) => (Math.abs(value) > Math.abs(series[best]) ? i : best), 0);
    const at = cursor >= 0 && cursor < series.length ? cursor : most;
    const said = characters.join('');
    parts.cells.setAttribute(
      'aria-label',
      `Cell states of ${ROWS} units over “${said}”. Up and down choose a unit, left and right move the cursor.`,
    );
    parts.area.setAttribute(
      'aria-label',
      `Unit ${unit} holds ${series[at].toFixed(2)} at “${visible(characters[at])}”`,
    );
    parts.text.setAttribute('aria-label', said);
    parts.gradient.setAttribute('aria-label', 'How strongly each earlier character moved the probability of the last');
    parts.caption.replaceChildren(
      make(
        'b',
        {},
        `Unit ${unit} holds ${series[at].toFixed(2)} ${cursor >= 0 ? 'at' : 'at its strongest, at'} “${visible(characters[at])}”. `,
      ),
      'A square is what a unit holds: its area is how much against its own greatest, filled above zero, hollow below.',
    );
  }
}

/** Letters in words that do not break within. */
function words(letters: HTMLElement[]): HTMLElement[] {
  const spans: HTMLElement[] = [];
  let word = make('span', { class: 'w' });
  for (const letter of letters) {
    word.append(letter);
    if (letter.className === 's') {
      spans.push(word);
      word = make('span', { class: 'w' });
    }
  }
  spans.push(word);
  return spans;
}

/** A unit, those that move with it, and the most telling of the others. */
function rowsAround(writer: Writer, unit: number): number[] {
  const alike = writer.alike(unit, 5).map((found) => found.unit);
  return [...new Set([unit, ...alike, ...writer.telling()])].slice(0, ROWS);
}

function codeOf(prompt: string, temperature: number, seed: number): string {
  return `import { loadModel, sampler } from 'hiddenstate';

const bytes = new Uint8Array(await (await fetch('moby-dick.safetensors')).arrayBuffer());
const model = loadModel(bytes);
const vocabulary = JSON.parse(model.metadata.vocabulary);
const stream = model.stream();
const next = sampler({ temperature: ${temperature}, seed: ${seed} });

let logits, text = ${JSON.stringify(prompt)};
for (const character of text) logits = stream.step(Float32Array.of(vocabulary.indexOf(character)));
for (let n = 0; n < 240; n++) {
  const id = next(logits);
  text += vocabulary[id];
  logits = stream.step(Float32Array.of(id));
}
console.log(text);
`;
}

customElements.define('hs-write', WritePanel);
customElements.define('hs-remember', RememberPanel);
