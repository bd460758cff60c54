import { make } from '../shared/dom.js';
import { drawFor } from '../shared/svg.js';
import { bytesOf, bytesText, drawSteps, shapeText, shortNames } from './diagram.js';
import type { Opened, StepShown } from './messages.js';
import { mono, section, table } from './table.js';

/** What goes in and comes out, with a field for the dims of each input. */
export function portsPart({ inputs, outputs, dims }: Opened): { element: HTMLElement; dims(): number[][] } {
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
      // What can be changed stands where a narrow page shows it.
      ['', 'name', 'dims to run with', 'type', 'dims in the file'],
      [
        ...inputs.map(({ name, type, dims: declared }, i) => ['in', mono(name), fields[i], type, mono(declared)]),
        ...outputs.map(({ name, type, dims: declared }) => ['out', mono(name), '', type, mono(declared)]),
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
export function contentsPart({ steps, parts, parameters, operators, format }: Opened): HTMLElement {
  return section(
    'What is in it',
    ...(steps.length > 0 ? stepsPart(steps, parameters) : []),
    steps.length === 0 && parts.length > 0
      ? table(
          ['recurrent layer', 'kind', 'features → units'],
          parts.map(({ name, kind, shape }) => [mono(name), kind, mono(shape)]),
        )
      : '',
    make(
      'p',
      { class: 'small' },
      steps.length === 0 && parameters > 0 ? `${parameters.toLocaleString('en')} parameters. ` : '',
      operators.length > 0 ? `Operators in the file: ${operators.join(', ')}.` : `A file of the format ${format}.`,
    ),
  );
}

/** The layers that run, as a picture and as a table. */
function stepsPart(steps: readonly StepShown[], inFile: number): HTMLElement[] {
  const place = make('div');
  drawFor(place, (width) => drawSteps(steps, width));
  const names = shortNames(steps);
  const all = steps.reduce((sum, { parameters }) => sum + parameters, 0);
  const recurrent = steps.filter(({ type }) => /^(RNN|LSTM|GRU)$/.test(type));
  const share = recurrent.reduce((sum, { parameters }) => sum + parameters, 0) / all;
  const kinds = [...new Set(recurrent.map(({ type }) => type))].join(' and ');
  const caption = make(
    'figcaption',
    {},
    recurrent.length > 0
      ? make(
          'b',
          {},
          `${recurrent.length > 1 ? `Its ${kinds} layers hold` : `The ${kinds} holds`} ${Math.round(100 * share)} % of the weights. `,
        )
      : '',
    'Layers with weights in the order in which they run: area is bytes, as float32; on each line, the shape that a layer gives. ',
    `They have ${all.toLocaleString('en')} of the ${inFile.toLocaleString('en')} parameters in the file.`,
  );
  return [
    make('figure', {}, place, caption),
    table(
      ['layer', 'kind', 'weights', 'gives', 'parameters', 'bytes'],
      steps.map((step, i) => [
        make('b', { title: step.name }, names[i]),
        step.type,
        mono(step.weights.join(' × ')),
        mono(shapeText(step.dims)),
        step.parameters.toLocaleString('en'),
        bytesText(bytesOf(step)),
      ]),
    ),
  ];
}
