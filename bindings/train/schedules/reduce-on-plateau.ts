import { assertOptions, assertSize } from '../../options.js';
import { assertFinite } from '../assert-finite.js';
import type { Schedule } from './schedule.js';

/** Options of `reduceLROnPlateau`, with PyTorch's names and defaults (mode 'min', threshold_mode 'rel'). */
export interface PlateauOptions {
  /** Default 0.1. */
  factor?: number;
  /** Epochs without improvement before the rate is lowered. Default 10. */
  patience?: number;
  /** A loss below best · (1 − threshold) is an improvement. Default 1e-4. */
  threshold?: number;
  /** Epochs after a reduction in which none is counted as bad. Default 0. */
  cooldown?: number;
  /** The lowest rate. Default 0. */
  minLR?: number;
  /** A smaller change is not made. Default 1e-8. */
  eps?: number;
}

/**
 * torch.optim.lr_scheduler.ReduceLROnPlateau: the rate times `factor` once the loss has not improved for more than
 * `patience` epochs.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { reduceLROnPlateau } from 'hiddenstate/train';
 *
 * const schedule = reduceLROnPlateau({ factor: 0.1, patience: 2 });
 * for (const loss of [1, 1, 1, 1]) schedule.observe?.(loss); // three epochs without an improvement
 * console.log(schedule.rate(1, 4)); // 0.1
 * ```
 */
export function reduceLROnPlateau(options: PlateauOptions = {}): Schedule {
  return new Plateau(options);
}

class Plateau implements Schedule {
  readonly each = 'epoch';
  private best = Number.MAX_VALUE;
  private bad = 0;
  private cooling = 0;
  /** Reductions asked for; the rate is worked out from them, for it depends on the base. */
  private reductions = 0;
  private readonly options: Required<PlateauOptions>;

  constructor(options: PlateauOptions) {
    const who = 'reduceLROnPlateau';
    assertOptions(options, ['factor', 'patience', 'threshold', 'cooldown', 'minLR', 'eps'], who);
    const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, minLR = 0, eps = 1e-8 } = options;
    assertFinite(factor, `${who}: factor`, Number.MIN_VALUE, 1 - Number.EPSILON);
    assertSize(patience, `${who}: patience`, 0);
    assertFinite(threshold, `${who}: threshold`, 0, 1);
    assertSize(cooldown, `${who}: cooldown`, 0);
    assertFinite(minLR, `${who}: minLR`, 0);
    assertFinite(eps, `${who}: eps`, 0);
    this.options = { factor, patience, threshold, cooldown, minLR, eps };
  }

  rate(base: number): number {
    const { factor, minLR, eps } = this.options;
    let rate = base;
    for (let i = 0; i < this.reductions; i++) {
      const lower = Math.max(rate * factor, minLR);
      if (rate - lower <= eps) break;
      rate = lower;
    }
    return rate;
  }

  observe(loss: number): void {
    const { patience, threshold, cooldown } = this.options;
    const better = loss < this.best * (1 - threshold);
    if (better) this.best = loss;
    this.bad = better ? 0 : this.bad + 1;
    if (this.cooling > 0) {
      this.cooling--;
      this.bad = 0;
    }
    if (this.bad <= patience) return;
    this.reductions++;
    this.cooling = cooldown;
    this.bad = 0;
  }

  get state(): Record<string, number> {
    const { best, bad, cooling, reductions } = this;
    return { best, bad, cooling, reductions };
  }

  set state({ best, bad, cooling, reductions }: Record<string, number>) {
    Object.assign(this, { best, bad, cooling, reductions });
  }
}
