import { make } from '../shared/dom.js';
import type { Permalink } from '../shared/permalink.js';
import { MOST_HORIZON, MOST_SEEDS } from './limits.js';
import type { Choice, Read, Task } from './messages.js';

/** What a setting may be set to from outside. */
export interface Wishes {
  readonly horizon?: number;
  readonly period?: number;
  readonly column?: string | undefined;
  readonly where?: Choice['where'];
  readonly missing?: Choice['missing'];
}

const MISSING = ['fail', 'skip', 'last', 'interpolate'] as const;
const TRANSFORMS = {
  none: 'the values',
  log: 'their logarithms',
  differences: 'their changes',
  returns: 'their returns',
} as const;
const MOST_PERIOD = 400;
/** A slider is let go of before all is forecast again. */
const PATIENCE_MILLISECONDS = 400;

/** How the series is read and forecast: kept in the link, changed by fields. */
export class Settings {
  private timer = 0;

  constructor(
    private readonly link: Permalink,
    private readonly onChange: () => void,
  ) {}

  get horizon(): number {
    return Math.round(this.link.number('horizon', 10, 1, MOST_HORIZON));
  }

  get level(): number {
    return this.link.number('level', 95, 50, 99) / 100;
  }

  get seeds(): number {
    return Math.round(this.link.number('seeds', 3, 1, MOST_SEEDS));
  }

  get task(): Omit<Task, 'values'> {
    const { horizon, level, link } = this;
    const period = Math.round(link.number('season', 0, 0, MOST_PERIOD));
    const transform = link.text('model-of', 'none') as keyof typeof TRANSFORMS;
    return {
      options: { horizon, level, period: period >= 2 ? period : undefined },
      transform: transform in TRANSFORMS ? transform : 'none',
    };
  }

  get choice(): Choice {
    const { link } = this;
    const [name, ...value] = link.text('where', '').split('=');
    const missing = MISSING.find((each) => each === link.text('missing', 'fail')) ?? 'fail';
    return {
      column: link.text('column', '') || undefined,
      where: name && value.length > 0 ? { name, value: value.join('=') } : undefined,
      missing,
    };
  }

  set({ horizon, period, ...choice }: Wishes): void {
    const { link } = this;
    if (horizon !== undefined) link.set('horizon', horizon);
    if (period !== undefined) link.set('season', period);
    if ('column' in choice) link.set('column', choice.column);
    if ('where' in choice) link.set('where', choice.where && `${choice.where.name}=${choice.where.value}`);
    if (choice.missing) link.set('missing', choice.missing === 'fail' ? undefined : choice.missing);
  }

  /** Another table has other columns and another season. */
  forget(): void {
    for (const name of ['column', 'where', 'missing', 'season', 'model', 'part', 'model-of'])
      this.link.set(name, undefined);
  }

  /** @param again is told of another choice of the series */
  fields({ columns, choice }: Read, again: (choice: Choice) => void): HTMLElement {
    const numbers = columns.filter(({ kind }) => kind === 'number');
    const groups = columns.filter(({ values }) => values && values.length > 1);
    const parts: HTMLElement[] = [];
    if (numbers.length > 1) {
      parts.push(
        select(
          'Column',
          numbers.map(({ name }) => [name, name] as const),
          choice.column ?? '',
          (column) => again({ ...choice, column }),
        ),
      );
    }
    for (const { name, values = [] } of groups) {
      const current = choice.where?.name === name ? choice.where.value : '';
      parts.push(
        select(
          `Rows whose ${name} is`,
          [['', 'any'], ...values.map((value) => [value, value] as const)],
          current,
          (value) => again({ ...choice, where: value ? { name, value } : undefined }),
        ),
      );
    }
    parts.push(
      this.slider('Horizon', 'horizon', [1, MOST_HORIZON], this.horizon, String),
      this.slider('Interval', 'level', [50, 99], Math.round(100 * this.level), (value) => `${value} %`),
      this.slider('Seeds', 'seeds', [1, MOST_SEEDS], this.seeds, String),
      this.season(),
      select('Models learn', Object.entries(TRANSFORMS), this.task.transform, (transform) => {
        this.link.set('model-of', transform === 'none' ? undefined : transform);
        this.onChange();
      }),
    );
    return make('div', { class: 'fields' }, ...parts);
  }

  private slider(
    label: string,
    name: string,
    [min, max]: readonly [number, number],
    value: number,
    say: (value: number) => string,
  ): HTMLElement {
    const said = make('span', { class: 'val' }, say(value));
    const range = make('input', { type: 'range', min, max, step: 1, value });
    range.addEventListener('input', () => {
      said.textContent = say(Number(range.value));
      this.link.set(name, range.value);
      this.later();
    });
    return make('label', {}, label, ' ', said, range);
  }

  private season(): HTMLElement {
    const value = this.task.options.period ?? '';
    const field = make('input', { type: 'text', inputmode: 'numeric', value, placeholder: 'none', size: 4 });
    field.addEventListener('change', () => {
      const steps = Math.round(Number(field.value));
      const wrong = field.value.trim() !== '' && !(steps >= 2 && steps <= MOST_PERIOD);
      field.setAttribute('aria-invalid', String(wrong));
      if (wrong) return;
      this.link.set('season', field.value.trim() === '' ? undefined : steps);
      this.onChange();
    });
    return make('label', {}, 'Steps of a season', field);
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.onChange(), PATIENCE_MILLISECONDS);
  }
}

function select(
  label: string,
  choices: readonly (readonly [string, string])[],
  current: string,
  onChoose: (value: string) => void,
): HTMLElement {
  const field = make(
    'select',
    {},
    ...choices.map(([value, text]) => make('option', { value, selected: value === current }, text)),
  );
  field.addEventListener('change', () => onChoose(field.value));
  return make('label', {}, label, field);
}
