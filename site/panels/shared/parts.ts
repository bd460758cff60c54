import { copyText, make } from './dom.js';
import type { Permalink } from './permalink.js';

/** What a panel is doing, by the shape of its lamp: at work, at rest, done, refused. */
export type Lamp = '' | 'off' | 'good' | 'bad';

/** Fills a status line: a lamp, a verb in bold, facts. */
export function say(status: HTMLElement, lamp: Lamp, verb: string, ...facts: string[]): void {
  status.replaceChildren(
    make('span', {}, make('span', { class: `lamp ${lamp}` }), make('b', {}, verb)),
    ...facts.map((fact) => make('span', {}, fact)),
  );
}

export function button(label: string, act: () => void, main = false): HTMLButtonElement {
  return make('button', { class: main ? 'btn main' : 'btn', type: 'button', onclick: act }, label);
}

/** What went wrong, and the way out. */
export function alertOf(bold: string, message: string): HTMLElement {
  return make('div', { class: 'err', role: 'alert' }, make('p', {}, make('b', {}, `${bold} `), message));
}

/** Choices of which one is pressed. */
export class Choice<Name extends string> {
  readonly element: HTMLElement;
  private readonly buttons: ReadonlyMap<Name, HTMLButtonElement>;

  /** @param names what each is called: `{ dry: 'Dry' }` */
  constructor(label: string, names: Readonly<Record<Name, string>>, choose: (name: Name) => void) {
    this.buttons = new Map(
      (Object.keys(names) as Name[]).map((name) => [
        name,
        make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => choose(name) }, names[name]),
      ]),
    );
    this.element = make('div', { class: 'seg', role: 'group', 'aria-label': label }, ...this.buttons.values());
  }

  set value(value: Name) {
    for (const [name, each] of this.buttons) each.setAttribute('aria-pressed', String(name === value));
  }
}

/** Code to copy, under a heading of its own. */
export function codeBlock(
  title: string,
  id: string,
  copyIt = 'Copy this code',
): { section: HTMLElement; code: HTMLElement } {
  const code = make('pre', { class: 'code', tabindex: 0, role: 'region', 'aria-label': title });
  const copy: HTMLButtonElement = button(copyIt, () => copyText(code.textContent ?? '', copy));
  const section = make(
    'section',
    { class: 'blk', id },
    make('div', { class: 'copy' }, make('h2', {}, title), copy),
    code,
  );
  return { section, code };
}

/** The two buttons at the head of a panel. */
export function headButtons(panel: HTMLElement, link: Permalink): void {
  const copy: HTMLButtonElement = button('Copy link to this state', () => copyText(link.address, copy));
  panel.querySelector('.head .btns')?.replaceChildren(copy, make('a', { class: 'btn', href: '#code' }, 'Code'));
}

export function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} KB` : `${(bytes / 1e6).toPrecision(3)} MB`;
}

/** So many figures, never a power of ten. */
export function roundText(value: number, figures: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: figures });
}

/** Two or three figures, never a power of ten. */
export function microsText(micros: number): string {
  return `${micros < 100 ? Number(micros.toPrecision(2)) : Math.round(micros).toLocaleString('en')} µs`;
}
