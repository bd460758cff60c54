/**
 * Which steps of which sequences count: 1 where they do, row-major [T, B]. A masked step leaves the state as it is.
 */
export class StepMask {
  readonly steps: Uint8Array;
  /** The steps at which some sequence counts lie in [begin, end); none is there when both are 0. */
  begin = 0;
  end = 0;
  /** Whether every sequence counts at each step of [begin, end). */
  dense = true;

  constructor(
    private readonly length: number,
    private readonly batch: number,
  ) {
    this.steps = new Uint8Array(length * batch);
  }

  /** Sequence b counts in its first lengths[start + b] steps. */
  setLengths(lengths: ArrayLike<number>, start = 0): void {
    for (let t = 0; t < this.length; t++) {
      for (let b = 0; b < this.batch; b++) this.steps[t * this.batch + b] = t < lengths[start + b] ? 1 : 0;
    }
    this.measure();
  }

  /** Sequence b counts at step t where mask[start + b · T + t] is not 0. */
  setBatchFirst(mask: ArrayLike<number>, start = 0): void {
    for (let t = 0; t < this.length; t++) {
      for (let b = 0; b < this.batch; b++) this.steps[t * this.batch + b] = mask[start + b * this.length + t] ? 1 : 0;
    }
    this.measure();
  }

  /** How many sequences count at step t. */
  countAt(t: number): number {
    let count = 0;
    for (let b = 0; b < this.batch; b++) count += this.steps[t * this.batch + b];
    return count;
  }

  private measure(): void {
    this.begin = 0;
    this.end = 0;
    this.dense = true;
    for (let t = 0; t < this.length; t++) {
      if (this.countAt(t) === 0) continue;
      if (this.end === 0) this.begin = t;
      this.end = t + 1;
    }
    for (let t = this.begin; t < this.end; t++) this.dense &&= this.countAt(t) === this.batch;
  }
}
