import { make } from '../shared/dom.js';

export function section(title: string, ...children: (Node | string)[]): HTMLElement {
  return make('section', { class: 'blk' }, make('h2', {}, title), ...children);
}

export function mono(text: string): HTMLElement {
  return make('span', { class: 'mono' }, text);
}

/** A table that scrolls within the page; its words do not break. */
export function table(head: readonly string[], rows: readonly (readonly (string | Node)[])[]): HTMLElement {
  const body = make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...head.map((text) => make('th', { scope: 'col' }, text)))),
    make('tbody', {}, ...rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, cell))))),
  );
  return make(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': head.filter(Boolean).join(', ') },
    body,
  );
}
