import type { StateDict } from '../../tensor.js';
import { matchStateDict } from '../../weights/state-dict.js';
import type { Parameters } from '../parameters.js';

/** A copy of all weights of a model, in memory of its own that is taken once. */
export class FlatWeights {
  private readonly copies: readonly Float32Array[];

  constructor(private readonly parameters: Parameters) {
    this.copies = Array.from(parameters, ({ value }) => value.slice());
  }

  /** Takes the weights as they are now. */
  take(): void {
    let i = 0;
    for (const { value } of this.parameters) this.copies[i++].set(value);
  }

  /** Gives the copied weights back to the model. */
  restore(): void {
    let i = 0;
    for (const { value } of this.parameters) value.set(this.copies[i++]);
    this.parameters.push();
  }

  /** The copies themselves, under PyTorch's names. */
  stateDict(): StateDict {
    return Object.fromEntries(
      Array.from(this.parameters, ({ name, dims }, i) => [name, { data: this.copies[i], dims: [...dims] }]),
    );
  }

  /** @throws {TypeError | RangeError | Error} if the dict is not that of the model; nothing has changed then */
  loadStateDict(dict: StateDict, who: string): void {
    matchStateDict([...this.parameters], dict, who).forEach(({ data }, i) => {
      this.copies[i].set(data);
    });
  }
}
