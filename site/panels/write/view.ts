import { make } from '../shared/dom.js';
import { button, codeBlock } from '../shared/parts.js';
import { paintArea, paintBars, paintCells, paintGate, paintText } from '../shared/score.js';
import { GATES, type Gate } from './messages.js';

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
