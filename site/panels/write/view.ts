import { make } from '../shared/dom.js';
import { button, codeBlock } from '../shared/parts.js';
import { paintArea, paintBars, paintCells, paintGate, paintText, visible } from '../shared/score.js';
import { GATES, type Gate, type Look } from './messages.js';

/** Units shown at once, the chosen one among them. */
export const ROWS = 16;

/** What the buttons of the panel do. */
export interface Acts {
  run(): void;
  step(): void;
  again(): void;
  remove(): void;
  hold(): void;
  findMarking(): void;
}

/** The characters on the screen and the chosen unit over them. */
export interface Score {
  readonly characters: readonly string[];
  readonly unit: number;
  readonly units: number;
  /** What the chosen unit holds after each character. */
  readonly series: Float32Array;
  /** The character pointed at; -1 if none is. */
  readonly cursor: number;
}

/** What the panel is made of: the score and its names, the text, the controls. */
export class View {
  readonly status = make('div', { class: 'status', role: 'status', 'aria-live': 'off' });
  readonly said = make('p', {
    class: 'said',
    role: 'group',
    'aria-live': 'off',
    'aria-label': 'The text; a bar under each character is what the chosen unit holds',
  });
  readonly text = make('canvas', { role: 'img', 'aria-label': 'The characters' });
  readonly gradient = make('canvas', {
    role: 'img',
    'aria-label': 'How strongly each earlier character moved the probability of the last',
  });
  readonly cells = make('canvas', { role: 'img', tabindex: 0, 'aria-label': 'What sixteen units hold' });
  readonly area = make('canvas', { role: 'img', 'aria-label': 'What the chosen unit holds' });
  readonly gates = Object.fromEntries(
    GATES.map((gate) => [gate, make('canvas', { class: 'gate', role: 'img', 'aria-label': `The ${gate} gate` })]),
  ) as Record<Gate, HTMLCanvasElement>;
  readonly unitName = make('b');
  readonly areaName = make('b');
  readonly gradientName = make('span', { class: 'lab' });
  readonly gatesNote = make('p', { class: 'tiny quiet' });
  readonly caption = make('p', { class: 'cap' });
  readonly next = make('ol', { class: 'next', 'aria-label': 'Probability of the next character' });
  readonly nextName = make('h3', {}, 'After it');
  readonly sideName = make('h3', {}, 'Unit');
  readonly like = make('ul', { class: 'like' });
  readonly likeName = make('p', { class: 'tiny quiet' });
  readonly prompt = make('textarea', { rows: 2, spellcheck: 'false' });
  readonly temperature = make('input', { type: 'range', min: 0, max: 1.5, step: 0.1 });
  readonly temperatureValue = make('span', { class: 'val' });
  readonly pause: HTMLButtonElement;
  readonly pin: HTMLButtonElement;
  readonly hold: HTMLButtonElement;
  readonly code: HTMLElement;
  readonly element: HTMLElement;

  constructor(acts: Acts) {
    this.pause = button('Pause', acts.run, true);
    this.pin = button('Remove (hold at 0)', acts.remove);
    this.hold = button('Pin where it is', acts.hold);
    const { section, code } = codeBlock('The same in your code', 'code');
    this.code = code;
    this.element = make(
      'div',
      {},
      this.status,
      make(
        'div',
        { class: 'two' },
        make('div', {}, this.said, this.score(), this.caption),
        make('div', { class: 'side' }, ...this.side(acts)),
      ),
      section,
    );
  }

  /** Rows of the score take their room before there is anything to show. */
  clear(): void {
    paintText(this.text, []);
    paintBars(this.gradient, new Float32Array());
    paintCells(this.cells, { values: new Float32Array(), rows: ROWS }, -1);
    paintArea(this.area, new Float32Array());
    for (const gate of GATES) paintGate(this.gates[gate], new Float32Array());
  }

  /** The canvases that a cursor runs through. */
  get columns(): readonly HTMLCanvasElement[] {
    return [this.text, this.cells, this.area, this.gradient, ...Object.values(this.gates)];
  }

  /** What the chosen unit holds, in a picture and in words. */
  describe({ characters, unit, series, cursor }: Score): void {
    const most = series.reduce((best, value, i) => (Math.abs(value) > Math.abs(series[best]) ? i : best), 0);
    const at = cursor >= 0 && cursor < series.length ? cursor : most;
    const holds = `Unit ${unit} holds ${series[at].toFixed(2)}`;
    const where = `“${visible(characters[at])}”`;
    const said = characters.join('');
    paintArea(this.area, series, cursor);
    this.unitName.textContent = `unit ${unit}`;
    this.areaName.textContent = `unit ${unit}`;
    this.area.setAttribute('aria-label', `${holds} at ${where}`);
    this.text.setAttribute('aria-label', said);
    this.cells.setAttribute(
      'aria-label',
      `Cell states of ${ROWS} units over “${said}”. Up and down choose a unit, left and right move the cursor.`,
    );
    this.caption.replaceChildren(
      make('b', {}, `${holds} ${cursor >= 0 ? 'at' : 'at its strongest, at'} ${where}. `),
      'A square is what a unit holds: its area is how much against its own greatest, filled above zero, hollow below.',
    );
  }

  /** Gradient and gates, once they are known; they are looked for when the writing rests. */
  showBack({ characters, unit, units, cursor }: Score, look: Look | undefined, running: boolean): void {
    const last = visible(characters[characters.length - 1]);
    const waiting = running ? 'pause to see it' : '…';
    this.gradientName.replaceChildren(make('b', {}, 'read from'), look ? `gradient of “${last}”` : waiting);
    paintBars(this.gradient, look?.gradient ?? new Float32Array(characters.length), cursor);
    const at = cursor >= 0 && cursor < characters.length ? cursor : characters.length - 1;
    for (const gate of GATES) {
      const open = Float32Array.from(characters, (_, i) => look?.gates[gate][i * units + unit] ?? 0);
      paintGate(this.gates[gate], open, cursor);
      this.gates[gate].setAttribute(
        'aria-label',
        look
          ? `The ${gate} gate of unit ${unit} is ${open[at].toFixed(2)} open at “${visible(characters[at])}”`
          : `The ${gate} gate, shown when the writing rests`,
      );
    }
    this.gatesNote.textContent = look
      ? `The gates of unit ${unit}: a full cell is open, an empty one shut.`
      : running
        ? `Pause to see the gates of unit ${unit}.`
        : '…';
  }

  private score(): HTMLElement {
    const separator = () => make('span', { class: 'sep' });
    const label = (bold: HTMLElement, ...rest: string[]) => make('span', { class: 'lab' }, bold, ...rest);
    const unit = label(this.unitName, `${ROWS} units: what they hold, c`);
    unit.style.alignSelf = 'start';
    return make(
      'div',
      { class: 'score' },
      this.gradientName,
      this.gradient,
      make('span', { class: 'lab' }),
      this.text,
      separator(),
      unit,
      this.cells,
      separator(),
      label(this.areaName, 'holds, c'),
      this.area,
      separator(),
      ...GATES.flatMap((gate) => [make('span', { class: 'lab' }, gate), this.gates[gate]]),
      make('span', { class: 'lab' }),
      this.gatesNote,
    );
  }

  private side(acts: Acts): HTMLElement[] {
    return [
      make(
        'section',
        {},
        make('label', {}, 'Prompt', this.prompt),
        make('label', {}, 'Temperature ', this.temperatureValue, this.temperature),
        make('div', { class: 'btns' }, this.pause, button('Step', acts.step), button('Again', acts.again)),
      ),
      make('section', {}, this.nextName, this.next),
      make(
        'section',
        {},
        this.sideName,
        make('div', { class: 'btns' }, this.pin, this.hold),
        make('div', { class: 'btns' }, button('Units like the selected text', acts.findMarking)),
        this.likeName,
        this.like,
      ),
    ];
  }
}
