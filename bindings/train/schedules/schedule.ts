/**
 * A learning rate that changes as training goes on. What it has to remember is `state`, so that a checkpoint can hold it
 * and a resumed run goes on with the same rates.
 */
export interface Schedule {
  /** Whether it moves on with every batch or with every epoch. */
  readonly each: 'step' | 'epoch';
  /**
   * The rate to use now.
   *
   * @param base the optimiser's own learning rate
   * @param count steps or epochs that are done
   */
  rate(base: number, count: number): number;
  /** Told the validation loss after each epoch, or the training loss without validation. */
  observe?(loss: number): void;
  /** What it remembers, as JSON can hold it; absent if nothing. */
  state?: Readonly<Record<string, number>>;
}

/** When a schedule moves on. */
export interface ScheduleOptions {
  /** `'epoch'` or `'step'`: one batch. */
  each?: 'step' | 'epoch';
}
