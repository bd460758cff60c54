import type { Point } from '../shared/line-chart.js';
import type { Step } from './messages.js';

/** Steps kept one by one; beyond, neighbours are put together. */
const MOST = 4000;

/** What the charts of a training are drawn from. */
export class Progress {
  losses: Point[] = [];
  norms: Point[] = [];
  held: Point[] = [];

  add(steps: readonly Step[]): void {
    for (const { step, loss, norm } of steps) {
      this.losses.push([step, loss]);
      this.norms.push([step, norm]);
    }
    if (this.losses.length <= MOST) return;
    this.losses = halved(this.losses);
    this.norms = halved(this.norms);
  }

  get step(): number {
    return this.losses.at(-1)?.[0] ?? 0;
  }

  /** The least held-out loss so far. */
  get best(): Point | undefined {
    return this.held.length === 0 ? undefined : this.held.reduce((best, each) => (each[1] < best[1] ? each : best));
  }
}

function halved(points: readonly Point[]): Point[] {
  const half: Point[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) half.push([points[i + 1][0], (points[i][1] + points[i + 1][1]) / 2]);
  return half;
}
