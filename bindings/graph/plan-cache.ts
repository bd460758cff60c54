import type { Plan } from './plan.js';

/** Plans by the shapes they are for; of more than a few, the one not used for longest is released. */
export class PlanCache {
  private readonly plans = new Map<string, Plan>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.plans.size;
  }

  get(key: string): Plan | undefined {
    const plan = this.plans.get(key);
    if (plan && this.plans.size > 1) {
      this.plans.delete(key);
      this.plans.set(key, plan);
    }
    return plan;
  }

  add(key: string, plan: Plan): void {
    this.plans.set(key, plan);
    const [oldest] = this.plans.keys();
    if (this.plans.size > this.most) this.drop(oldest);
  }

  drop(key: string): void {
    this.plans.get(key)?.release();
    this.plans.delete(key);
  }

  clear(): void {
    for (const key of [...this.plans.keys()]) this.drop(key);
  }
}
