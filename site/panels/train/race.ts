import { make } from '../shared/dom.js';
import type { Point } from '../shared/line-chart.js';
import { alertOf, button, Choice, say } from '../shared/parts.js';
import type { Permalink } from '../shared/permalink.js';
import { widthOf } from '../shared/surface.js';
import { raceChart } from './charts.js';
import { CELLS, type Cell, type Report, type TaskName } from './messages.js';
import { WorkerLine } from './worker-line.js';

const DISTANCES = ['10', '25', '50', '100'] as const;
type Distance = (typeof DISTANCES)[number];
const GUESSING = { adding: 19, copying: 12.5 } as const;
const ENOUGH = 99;
const MOST_STEPS = 2000;
const FORGET_BIAS = 3;

const WORDS = {
  adding:
    'A series of numbers, two of them marked, one in each half. At the end the sum of the two is asked for, and a tenth off is wrong.',
  copying: 'Three symbols of eight, then blanks, then a signal. At the signal the three are asked for, in order.',
} as const;

interface Racer {
  readonly line: WorkerLine;
  points: Point[];
  running: boolean;
}

/** RNN, LSTM and GRU on the same task, each in a worker of its own. */
export class RacePart {
  readonly element: HTMLElement;
  private readonly racers = new Map<Cell, Racer>(
    CELLS.map((cell) => [
      cell,
      { line: new WorkerLine((report) => this.hear(cell, report)), points: [], running: false },
    ]),
  );
  private task: TaskName;
  private distance: Distance;
  private readonly status = make('div', { class: 'status', role: 'status' });
  private readonly trouble = make('div');
  private readonly words = make('p', { class: 'small quiet' });
  private readonly chart = make('div', { class: 'chart' });
  private readonly caption = make('figcaption');
  private readonly main = button('Race', () => (this.running ? this.stop() : this.start()), true);
  private readonly bias = make('input', {
    type: 'checkbox',
    onchange: () => this.change('bias', this.bias.checked ? FORGET_BIAS : undefined),
  });
  private readonly tasks = new Choice<TaskName>('Task', { adding: 'Adding', copying: 'Copying' }, (task) => {
    this.task = task;
    this.change('task', task);
  });
  private readonly distances = new Choice<Distance>(
    'Steps to remember over',
    { '10': '10 steps', '25': '25', '50': '50', '100': '100' },
    (distance) => {
      this.distance = distance;
      this.change('over', distance);
    },
  );

  constructor(private readonly link: Permalink) {
    this.task = link.text('task', 'adding') === 'copying' ? 'copying' : 'adding';
    const over = link.text('over', '25') as Distance;
    this.distance = DISTANCES.includes(over) ? over : '25';
    this.bias.checked = link.text('bias', '') !== '';
    this.element = make(
      'section',
      { class: 'blk', id: 'race' },
      make('h2', {}, 'Which one remembers?'),
      this.words,
      this.status,
      make(
        'div',
        { class: 'ctl' },
        this.tasks.element,
        this.distances.element,
        make('label', { class: 'check' }, this.bias, 'LSTM with a forget bias of 3'),
        this.main,
      ),
      this.trouble,
      make('figure', {}, this.chart, this.caption),
    );
    this.rest();
  }

  dispose(): void {
    for (const { line } of this.racers.values()) line.close();
  }

  private get running(): boolean {
    return [...this.racers.values()].some(({ running }) => running);
  }

  private change(name: string, value: string | number | undefined): void {
    this.link.set(name, value);
    this.giveUp();
    for (const racer of this.racers.values()) racer.points = [];
    this.rest();
  }

  private rest(): void {
    this.tasks.value = this.task;
    this.distances.value = this.distance;
    this.words.textContent = WORDS[this.task];
    this.main.textContent = 'Race';
    this.trouble.replaceChildren();
    say(
      this.status,
      'off',
      'Ready',
      '32 units each, the same sequences, a worker each',
      `${MOST_STEPS.toLocaleString('en')} steps at most`,
    );
    this.show();
  }

  private start(): void {
    this.trouble.replaceChildren();
    for (const [cell, racer] of this.racers) {
      Object.assign(racer, { points: [], running: true });
      const forgetBias = cell === 'LSTM' && this.bias.checked ? FORGET_BIAS : undefined;
      racer.line.begin({
        kind: 'race',
        race: { cell, task: this.task, distance: Number(this.distance), seed: 1, forgetBias },
      });
    }
    this.main.textContent = 'Stop';
    this.sayRunning();
    this.show();
  }

  private stop(): void {
    this.giveUp();
    this.over('Stopped');
  }

  private giveUp(): void {
    for (const racer of this.racers.values()) {
      if (racer.running) racer.line.giveUp();
      racer.running = false;
    }
  }

  private over(verb: string): void {
    this.main.textContent = 'Race again';
    const steps = Math.max(0, ...[...this.racers.values()].map(({ points }) => points.at(-1)?.[0] ?? 0));
    say(this.status, verb === 'Done' ? 'good' : 'off', verb, `${steps.toLocaleString('en')} steps`);
    this.show();
  }

  private hear(cell: Cell, report: Report): void {
    const racer = this.racers.get(cell);
    if (!racer?.running) return;
    if (report.kind === 'rate') racer.points.push([report.step, 100 * report.rate]);
    if (report.kind === 'failed') this.trouble.replaceChildren(alertOf(`${cell} stopped.`, report.message));
    if (report.kind === 'failed' || report.kind === 'done') racer.running = false;
    if (this.running) {
      this.sayRunning();
      this.show();
    } else this.over('Done');
  }

  private sayRunning(): void {
    const steps = [...this.racers].map(
      ([cell, { points }]) => `${cell} ${(points.at(-1)?.[0] ?? 0).toLocaleString('en')}`,
    );
    say(this.status, '', 'Racing', `steps: ${steps.join(', ')}`);
  }

  show(): void {
    const width = Math.floor(widthOf(this.chart));
    const found = [...this.racers].map(([cell, racer]) => ({ cell, ...racer, learnt: learntAt(racer.points) }));
    const order = found
      .filter(({ learnt }) => learnt !== undefined)
      .sort((a, b) => Number(a.learnt) - Number(b.learnt));
    const first = order[0]?.cell;
    if (width > 0) {
      const lines = found.map(({ cell, points }) => ({ cell, points, strong: cell === first }));
      this.chart.replaceChildren(raceChart(lines, GUESSING[this.task], width));
    }
    this.caption.replaceChildren(
      ...(found.every(({ points }) => points.length === 0)
        ? ['Press Race. All three begin with guessing; who has found out what to keep climbs to a hundred.']
        : [
            make('b', {}, verdict(order, found, this.running)),
            'Right on 256 sequences that no training saw, every 50 steps; 99 % is learnt. One seed: another may end otherwise. ',
            make('a', { href: './guides/train.html#what-is-learnt-over-how-many-steps' }, 'Five seeds each'),
            '.',
          ]),
    );
  }
}

function learntAt(points: readonly Point[]): number | undefined {
  return points.find(([, rate]) => rate >= ENOUGH)?.[0];
}

interface Found {
  readonly cell: Cell;
  readonly learnt: number | undefined;
  readonly running: boolean;
  readonly points: readonly Point[];
}

/** Who has learnt it after how many steps, and who has not. */
function verdict(order: readonly Found[], found: readonly Found[], running: boolean): string {
  const steps = (count: number | undefined) => `${(count ?? 0).toLocaleString('en')} steps`;
  const learnt = order.map(({ cell, learnt: at }, i) =>
    i === 0 ? `${cell} has learnt it after ${steps(at)}` : `${cell} after ${(at ?? 0).toLocaleString('en')}`,
  );
  const not = running
    ? []
    : found
        .filter((each) => each.learnt === undefined)
        .map(({ cell, points }) => `${cell} not in ${(points.at(-1)?.[0] ?? 0).toLocaleString('en')}`);
  if (learnt.length === 0)
    return running ? 'Nobody has learnt it yet. ' : `Nobody learnt it: ${not.join(', ')} steps. `;
  return `${[...learnt, ...not].join(', ')}. `;
}
