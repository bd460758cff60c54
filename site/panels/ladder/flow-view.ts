import { make } from '../shared/dom.js';
import type { Permalink } from '../shared/permalink.js';
import { drawFor } from '../shared/svg.js';
import { flowChart, share } from './figures.js';
import type { Flow } from './messages.js';
import type { Words } from './words.js';

/** What is asked of the gradient. */
export interface FlowWish {
  readonly scale: number;
  readonly forget: number;
  readonly fresh: boolean;
}

/** The gradient back through time, with sliders for what makes it vanish or explode. */
export class FlowView {
  readonly element: HTMLElement;
  private readonly result = make('div');
  private readonly kinds: readonly HTMLElement[];
  /** Before the networks have learnt only fresh weights are there. */
  learnt = false;
  private busy = false;
  private again = false;

  /** @param ask gives the flow for a wish; undefined where the answer came too late to be of use */
  constructor(
    private readonly words: Words,
    private readonly link: Permalink,
    private readonly ask: (wish: FlowWish) => Promise<Flow | undefined>,
  ) {
    const scale = this.slider(words.scale, 'scale', [0.2, 4, 0.1], words.times);
    const forget = this.slider(words.forget, 'forget', [0, 6, 0.5], words.plus);
    this.kinds = [words.weightsLearnt, words.weightsFresh].map((label, i) =>
      make('button', { type: 'button', onclick: () => this.choose(i) }, label),
    );
    this.press();
    const choice = make('div', { class: 'seg', role: 'group', 'aria-label': words.weights }, ...this.kinds);
    this.element = make('div', {}, make('div', { class: 'controls' }, scale, forget, choice), this.result);
  }

  get wish(): FlowWish {
    const { link } = this;
    return {
      scale: link.number('scale', 1, 0.2, 4),
      forget: link.number('forget', 0, 0, 6),
      fresh: !this.learnt || link.number('fresh', 0, 0, 1) === 1,
    };
  }

  /** Asks and draws; while an answer is awaited the last of more wishes is kept. */
  async show(): Promise<void> {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    this.press();
    try {
      while (this.again) {
        this.again = false;
        const { wish } = this;
        const flow = await this.ask(wish);
        if (flow) this.draw(flow, wish);
      }
    } finally {
      this.busy = false;
    }
  }

  private draw(flow: Flow, { fresh }: FlowWish): void {
    const { words } = this;
    const [rnn, lstm] = [flow.rnn, flow.lstm].map((logarithms) => share(logarithms[logarithms.length - 1]));
    const box = make('div', { class: 'place' });
    this.result.replaceChildren(make('figure', {}, box, make('figcaption', {}, words.flowCaption(rnn, lstm, fresh))));
    drawFor(box, (width) => flowChart(flow, words, width));
  }

  private slider(
    label: string,
    name: 'scale' | 'forget',
    [min, max, step]: readonly [number, number, number],
    say: (value: string) => string,
  ): HTMLElement {
    const said = make('span', { class: 'val' }, say(this.wish[name].toFixed(1)));
    const range = make('input', { type: 'range', min, max, step, value: this.wish[name] });
    range.addEventListener('input', () => {
      this.link.set(name, range.value);
      said.textContent = say(Number(range.value).toFixed(1));
      this.show();
    });
    return make('label', { class: 'slide' }, label, ' ', said, range);
  }

  private choose(which: number): void {
    this.link.set('fresh', which || undefined);
    this.show();
  }

  private press(): void {
    const chosen = this.wish.fresh ? 1 : 0;
    for (const [i, kind] of this.kinds.entries()) {
      kind.setAttribute('aria-pressed', String(i === chosen));
      kind.toggleAttribute('disabled', i === 0 && !this.learnt);
    }
  }
}
