import { padToLanes } from '../engine/abi.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { HiddenstateError } from '../errors.js';
import type { Weighted } from '../layers/module.js';
import type { Parameter } from '../weights/state-dict.js';

/** One weight that is being trained. Its arrays are views of wasm memory: read them anew after anything that allocates. */
export interface TrainedParameter {
  /** PyTorch's name within the model: `weight_ih_l0`, `1.bias`. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Its value, row-major. After writing to it, `Parameters.push()` hands it to the model. */
  readonly value: Float32Array;
  /** The gradient of the loss, row-major: what `backward` calls added up since `zeroGradients()`. */
  readonly gradient: Float32Array;
}

/**
 * All weights of a model and their gradients, each in one flat run of wasm memory, so that an optimiser, a norm or a
 * clipping is one kernel call. A weight begins on a whole vector; what pads it is zero in values and gradients.
 */
export class Parameters implements Iterable<TrainedParameter> {
  /** Floats of the flat runs, padding included. */
  readonly size: number;
  /** @internal Addresses of the flat runs. */
  readonly values: number;
  /** @internal */
  readonly gradients: number;
  /** @internal Room for one number, behind them. */
  readonly scratch: number;
  private readonly items: readonly FlatParameter[];
  private readonly sources: readonly Parameter[];
  private alive = true;

  /**
   * @param tape held, because the memory is given back when it is collected
   * @param model whose weights they are
   * @param slabs pays for the memory
   * @internal
   */
  constructor(
    /** @internal */ readonly tape: object,
    /** @internal */ readonly engine: Engine,
    slabs: Slabs,
    private readonly model: Weighted,
  ) {
    this.sources = model.parameters;
    const { sources } = this;
    let size = 0;
    const starts = sources.map(({ dims }) => {
      const start = size;
      size += padToLanes(countOf(dims));
      return start;
    });
    this.size = size;
    this.values = slabs.allocate(2 * size + 4);
    this.gradients = this.values + size * 4;
    this.scratch = this.gradients + size * 4;
    this.items = sources.map(({ name, dims }, i) => new FlatParameter(this, name, dims, starts[i]));
    this.pull();
  }

  /** How many weights there are. */
  get length(): number {
    return this.items.length;
  }

  /** Weights by their place, in the model's order. */
  at(index: number): TrainedParameter | undefined {
    return this.items.at(index);
  }

  [Symbol.iterator](): Iterator<TrainedParameter> {
    return this.items[Symbol.iterator]();
  }

  /** Takes the model's weights over: after `loadStateDict` on the model. */
  pull(): void {
    this.assertAlive('pull');
    this.items.forEach(({ value }, i) => {
      value.set(this.sources[i].read());
    });
  }

  /** Hands the values to the model, whose `forward`, streams and `stateDict` see them from now on. Optimisers do so. */
  push(): void {
    this.assertAlive('push');
    this.items.forEach(({ value }, i) => {
      this.sources[i].write(value);
    });
  }

  /** Sets every gradient to zero. */
  zeroGradients(): void {
    this.assertAlive('zeroGradients');
    this.engine.f32.fill(0, this.gradients / 4, this.gradients / 4 + this.size);
  }

  /** @internal The tape gave the memory back: what is there now is another's. */
  release(): void {
    this.alive = false;
  }

  /**
   * @throws {Error} after `dispose()` of the tape or the model: both hold memory that is another's by then
   * @internal
   */
  assertAlive(method: string): void {
    if (!this.alive)
      throw new HiddenstateError('DISPOSED', `Parameters.${method}: got those of a disposed Tape, expected a live one`);
    this.model.assertAlive(method);
  }

  /** @internal The address of a weight's gradient, or of its value. */
  gradientAt(index: number): number {
    return this.gradients + this.items[index].start * 4;
  }

  /** @internal */
  valueAt(index: number): number {
    return this.values + this.items[index].start * 4;
  }
}

class FlatParameter implements TrainedParameter {
  constructor(
    private readonly owner: Parameters,
    readonly name: string,
    readonly dims: readonly number[],
    /** Floats from the beginning of the flat run. */
    readonly start: number,
  ) {}

  get value(): Float32Array {
    return this.view(this.owner.values, 'value');
  }

  get gradient(): Float32Array {
    return this.view(this.owner.gradients, 'gradient');
  }

  private view(address: number, which: string): Float32Array {
    this.owner.assertAlive(which);
    const at = address / 4 + this.start;
    return this.owner.engine.f32.subarray(at, at + countOf(this.dims));
  }
}

function countOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
