import { disposeSymbol } from '../../dispose-symbol.js';
import { typeError } from '../../errors.js';
import type { FeedTensor, GraphTensor, ValueInfo } from '../../graph/index.js';
import type { Sequential } from '../../index.js';
import type { Streaming } from '../../streaming.js';
import { describeValue, type Tensor } from '../../tensor.js';
import type { Model } from './opened-model.js';
import { SkipStream } from './skip-stream.js';

/** How layers are run beside what they are. */
interface Extras {
  /** The state that runs and streams begin with. */
  readonly state?: readonly unknown[];
  /** Whether the input is added to the output. */
  readonly skip?: boolean;
}

/** Layers as a model of one input and one output, `input` and `output`: [T, B, I] or [T, I]. */
export class SequentialModel implements Model {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];

  constructor(
    private readonly model: Sequential,
    private readonly extras: Extras = {},
  ) {
    this.inputs = [{ name: 'input', dtype: 'float32', dims: ['steps', 'batch', model.inputSize] }];
    this.outputs = [{ name: 'output', dtype: 'float32', dims: ['steps', 'batch', model.outputSize] }];
  }

  run(feeds: Readonly<Record<string, FeedTensor>>): Record<string, GraphTensor> {
    const unknown = Object.keys(feeds).find((name) => name !== 'input');
    if (unknown !== undefined || !Object.hasOwn(feeds, 'input')) {
      throw typeError(
        `openModel: run: got feeds ${describeValue(unknown ?? 'without "input"')}, expected { input } alone`,
      );
    }
    const { input } = feeds;
    const { output } = this.model.forward(input as Tensor, this.stateFor(input as Tensor));
    if (this.extras.skip) addFirst(output.data, input as Tensor);
    return { output: { type: 'float32', ...output } };
  }

  stream(options: Readonly<Record<string, unknown>> = {}): Streaming<unknown> {
    const { state, skip } = this.extras;
    const stream = this.model.stream({ ...(state && { state }), ...options }) as Streaming<unknown>;
    return skip ? new SkipStream(stream) : stream;
  }

  dispose(): void {
    this.model.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** A trained state stands for one sequence: it is given to each of a batch. */
  private stateFor(input: Tensor): { state?: readonly unknown[] } {
    const { state } = this.extras;
    if (!state) return {};
    const batch = input.dims?.length === 3 ? input.dims[1] : undefined;
    return { state: state.map((part) => part && repeated(part as Record<string, Tensor>, batch)) };
  }
}

/** [L, 1, H] as [L, B, H], or as [L, H] without a batch. */
function repeated(state: Record<string, Tensor>, batch: number | undefined): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { data, dims }]) => {
      const [layers, , size] = dims;
      if (batch === undefined) return [name, { data, dims: [layers, size] }];
      const all = new Float32Array(layers * batch * size);
      for (let row = 0; row < layers * batch; row++) {
        const layer = Math.floor(row / batch);
        all.set(data.subarray(layer * size, (layer + 1) * size), row * size);
      }
      return [name, { data: all, dims: [layers, batch, size] }];
    }),
  );
}

/** Adds the first input of each step to its one output. */
function addFirst(output: Float32Array, { data, dims }: Tensor): void {
  const width = dims[dims.length - 1];
  for (let i = 0; i < output.length; i++) output[i] += data[i * width];
}
