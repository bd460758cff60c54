/**
 * One link of a stream: reads a batch of rows from wasm memory, advances its state, leaves its rows in wasm
 * memory. Rows are padded to whole vectors and the padding is zero, so links join without copying.
 */
export interface Stage {
  /** Features of a row that comes in, and of one that goes out. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** Whether a row may be refused. Such a stage takes one step a call, so that it is known which steps were taken. */
  readonly refuses?: boolean;
  /**
   * Makes sure that there is memory for a call of so many steps.
   *
   * @throws {RangeError} if memory cannot hold them
   */
  reserve(steps: number): void;
  /**
   * Runs some steps, with the bits of as many calls of one.
   *
   * @param x address of the rows, step after step: the batch's, or one for each of `lanes`
   * @param steps no more than `reserve` was called for
   * @param lanes the sequences that advance, checked; all unless given
   * @returns address of the result's rows, as many, valid until the next call
   * @throws {Error} if the module was disposed
   */
  advance(x: number, steps: number, lanes?: ArrayLike<number>): number;
  /**
   * Takes over a state, or zeros. Checks everything before changing anything.
   *
   * @param lane the one sequence of the batch that is meant; all unless given
   */
  reset(state: unknown, who: string, lane?: number): void;
  /** A copy of the state, of one lane if given; `undefined` where there is none. */
  readState(lane?: number): unknown;
  /** Gives one lane the state of a lane of another stage of the same module, or of its own, within wasm memory. */
  copyLane(lane: number, source: this, sourceLane: number): void;
  /** Gives its memory back. */
  release(): void;
}
