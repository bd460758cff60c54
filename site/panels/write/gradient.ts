import { Linear, LSTM, Sequential, softmax } from 'hiddenstate';
import { Tape } from 'hiddenstate/train';

/**
 * How strongly each character of a window moved the model's belief in the last one: the norm of the gradient of
 * log p(last) by the embedding of each character before it. One backward pass over the window.
 */
export class Gradient {
  private readonly network: Sequential;
  private tape: Tape | undefined;
  private room = 0;

  /** The layers are copied in float32: gradients are not taken through int8 weights. */
  constructor(lstm: LSTM, linear: Linear) {
    this.network = new Sequential([LSTM.fromStateDict(lstm.stateDict()), Linear.fromStateDict(linear.stateDict())]);
  }

  /** @returns a value a character, zero for the last, which is what was asked for */
  of(last: number, { data, dims }: { readonly data: Float32Array; readonly dims: readonly number[] }): Float32Array {
    const [characters, size] = dims;
    const tape = this.tapeFor(characters);
    const { output } = tape.forward({ data, dims });
    const classes = output.dims.at(-1) as number;
    const gradient = new Float32Array(output.data.length);
    const row = (characters - 2) * classes;
    // d log softmax(z)[last] / dz: one for the character that came, less what each was thought likely.
    const probabilities = softmax({ data: output.data.slice(row, row + classes), dims: [classes] }).data;
    for (let id = 0; id < classes; id++) gradient[row + id] = (id === last ? 1 : 0) - probabilities[id];
    tape.zeroGradients();
    const { input } = tape.backward({ data: gradient, dims: output.dims });
    const moved = (input as { data: Float32Array }).data;
    return Float32Array.from({ length: characters }, (_, i) => Math.hypot(...moved.subarray(i * size, (i + 1) * size)));
  }

  private tapeFor(steps: number): Tape {
    if (!this.tape || steps > this.room) {
      this.tape?.dispose();
      this.room = Math.max(steps, 200);
      this.tape = new Tape(this.network, { steps: this.room, batch: 1, inputGradient: true });
    }
    return this.tape;
  }
}
