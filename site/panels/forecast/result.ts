import { make } from '../shared/dom.js';
import { Choice } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { drawFor } from '../shared/svg.js';
import type { Read } from './messages.js';
import { LOOKS, type Model } from './models.js';
import { drawForecast, type Part } from './picture.js';
import { scoreTable } from './score-table.js';
import type { Settings } from './settings.js';
import { captionOf, verdictOf } from './verdict.js';

/** Forecasts that are there, and what could not be fitted. */
export interface Outcome {
  readonly data: Read;
  readonly models: readonly Model[];
  readonly leftOut: readonly string[];
}

/** The verdict, the picture of one part, and the table of errors; which model and which part is in the link. */
export class Result {
  readonly element = make('div', { class: 'result' });
  private outcome: Outcome | undefined;

  constructor(
    private readonly link: Permalink,
    private readonly settings: Settings,
  ) {}

  show(outcome: Outcome): void {
    this.outcome = outcome;
    const { data, models, leftOut } = outcome;
    const { level, horizon } = this.settings;
    const verdict = verdictOf(models, horizon, level);
    const asked = this.link.text('model', '');
    const chosen = models.some(({ rung }) => rung === asked) ? asked : verdict.best;
    const part: Part = this.link.text('part', 'latest') === 'next' ? 'next' : 'latest';
    const names = { latest: `The last ${horizon}, held out`, next: `The next ${horizon}` };
    const parts = new Choice<Part>('Part', names, (each) => this.choose('part', each === 'latest' ? undefined : each));
    parts.value = part;
    const box = make('div', { class: 'place' });
    const caption = make('figcaption');
    const focused = (document.activeElement as HTMLElement | null)?.textContent;
    this.element.replaceChildren(
      make('div', { class: 'verd' }, make('h2', {}, verdict.title), make('p', {}, verdict.why)),
      parts.element,
      make('figure', {}, box, caption),
      make(
        'section',
        { class: 'blk' },
        make('h2', {}, 'Errors on the last fifth'),
        scoreTable(models, chosen, { horizon, level, choose: (rung) => this.choose('model', rung) }),
        make(
          'p',
          { class: 'cap' },
          `Mean absolute error in the units of ${data.name}, from ${models[0].seeds[0].origins} origins, each time told only what came before. Networks: mean and standard deviation over the seeds. A diamond: intervals of ${Math.round(100 * level)} % held clearly less than they should.`,
          ...leftOut.map((why) => make('span', { class: 'left-out' }, `Left out. ${why}`)),
        ),
      ),
    );
    drawFor(box, (width) => {
      const { svg, outside } = drawForecast(data, models, chosen, part, width);
      caption.replaceChildren(...captionOf(part, LOOKS[chosen].label, level, outside));
      return svg;
    });
    if (focused) {
      const again = [...this.element.querySelectorAll('button')].find((button) => button.textContent === focused);
      again?.focus({ preventScroll: true });
    }
  }

  private choose(name: string, value: string | undefined): void {
    this.link.set(name, value);
    if (this.outcome) this.show(this.outcome);
  }
}
