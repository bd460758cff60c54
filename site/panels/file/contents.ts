import { make } from '../shared/dom.js';
import type { Opened } from './messages.js';
import { mono, section, table } from './table.js';

/** What goes in and comes out, with a field for the dims of each input. */
export function portsPart(
  { inputs, outputs }: Opened,
  dims: readonly (readonly number[])[],
): { element: HTMLElement; dims(): number[][] } {
  const fields = inputs.map(({ name }, i) =>
    make('input', {
      type: 'text',
      value: dims[i].join(', '),
      placeholder: 'one number',
      'aria-label': `dims of ${name}`,
      spellcheck: 'false',
    }),
  );
  const element = section(
    'What goes in and comes out',
    table(
      ['', 'name', 'type', 'dims in the file', 'dims to run with'],
      [
        ...inputs.map(({ name, type, dims: declared }, i) => ['in', mono(name), type, mono(declared), fields[i]]),
        ...outputs.map(({ name, type, dims: declared }) => ['out', mono(name), type, mono(declared), '']),
      ],
    ),
  );
  const read = (text: string) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
      .map(Number);
  return { element, dims: () => fields.map((field) => read(field.value)) };
}

/** Layers, weights and operators. */
export function contentsPart({ parts, parameters, operators, format }: Opened): HTMLElement {
  return section(
    'What is in it',
    parts.length > 0
      ? table(
          ['recurrent layer', 'kind', 'features → units'],
          parts.map(({ name, kind, shape }) => [mono(name), kind, mono(shape)]),
        )
      : '',
    make(
      'p',
      { class: 'small' },
      parameters > 0 ? `${parameters.toLocaleString('en')} parameters. ` : '',
      operators.length > 0 ? `Operators: ${operators.join(', ')}.` : `A file of the format ${format}.`,
    ),
  );
}
