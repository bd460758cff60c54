import { Linear, LSTM, Sequential, softmax } from 'hiddenstate';
import { Tape } from 'hiddenstate/train';
import type { Writer } from './writer.js';

/**
 * How strongly each character of a window moved the model's belief in the last one: the norm of the gradient of
 * log p(last) by the embedding of each character before it. One backward pass over the window.
 */
export class Reader {
  private tape: Tape | undefined;
  private network: Sequential | undefined;

  constructor(private readonly writer: Writer) {}

  /** @returns a value a character of `written[from …]`, zero for the last, which is what was asked for */
  read(from: number): Float32Array {
    const { data, dims } = this.writer.inputs(from);
    const [characters, size] = dims;
    const last = this.writer.written[this.writer.written.length - 1].id;
    const tape = this.tapeFor(characters);
    const { output } = tape.forward({ data, dims });
    const classes = this.writer.vocabulary.length;
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

  dispose(): void {
    this.tape?.dispose();
    this.network?.dispose();
  }

  /** The model in float32: gradients are not taken through int8 weights. */
  private tapeFor(steps: number): Tape {
    if (!this.tape) {
      const { lstm, linear } = this.writer.layers;
      this.network = new Sequential([LSTM.fromStateDict(lstm.stateDict()), Linear.fromStateDict(linear.stateDict())]);
      this.tape = new Tape(this.network, { steps: Math.max(steps, 200), batch: 1, inputGradient: true });
    }
    return this.tape;
  }
}
