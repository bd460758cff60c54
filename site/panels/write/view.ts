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

  /** All pictures of the chosen unit, before any text changes: each change between two would lay the page out once more. */
  paint({ characters, unit, units, series, cursor }: Score, look: Look | undefined): void {
    paintArea(this.area, series, cursor);
    paintBars(this.gradient, look?.gradient ?? new Float32Array(characters.length), cursor);
    for (const gate of GATES) {
      const open = Float32Array.from(characters, (_, i) => look?.gates[gate][i * units + unit] ?? 0);
      paintGate(this.gates[gate], open, cursor);
    }
  }

  /** The same in words. Gradient and gates are looked for when the writing rests. */
  describe({ characters, unit, units, series, cursor }: Score, look: Look | undefined, running: boolean): void {
    const most = series.reduce((best, value, i) => (Math.abs(value) > Math.abs(series[best]) ? i : best), 0);
    const pointed = cursor >= 0 && cursor < series.length;
    const strongest = pointed ? cursor : most;
    const at = pointed ? cursor : characters.length - 1;
    const quoted = (i: number) => `“${visible(characters[i])}”`;
    const holds = `Unit ${unit} holds ${series[strongest].toFixed(2)}`;
    const said = characters.join('');
    this.unitName.textContent = `unit ${unit}`;
    this.areaName.textContent = `unit ${unit}`;
    this.text.setAttribute('aria-label', said);
    this.area.setAttribute('aria-label', `${holds} at ${quoted(strongest)}`);
    this.cells.setAttribute(
      'aria-label',
      `Cell states of ${ROWS} units over “${said}”. Up and down choose a unit, left and right move the cursor.`,
    );
    for (const gate of GATES) {
      const open = look?.gates[gate][at * units + unit];
      this.gates[gate].setAttribute(
        'aria-label',
        open === undefined
          ? `The ${gate} gate, shown when the writing rests`
          : `The ${gate} gate of unit ${unit} is ${open.toFixed(2)} open at ${quoted(at)}`,
      );
    }
    const waiting = running ? 'pause to see it' : '…';
    this.gradientName.replaceChildren(
      make('b', {}, 'read from'),
      look ? `gradient of ${quoted(characters.length - 1)}` : waiting,
    );
    this.gatesNote.textContent = look
      ? `The gates of unit ${unit}: a full cell is open, an empty one shut.`
      : running
        ? `Pause to see the gates of unit ${unit}.`
        : '…';
    this.caption.replaceChildren(
      make('b', {}, `${holds} ${pointed ? 'at' : 'at its strongest, at'} ${quoted(strongest)}. `),
      'A square is what a unit holds: its area is how much against its own greatest, filled above zero, hollow below.',
    );
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
        make('div', { class: 'btns' }, this.pause, button('Step', acts.step), button('Another seed', acts.again)),
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
