import { padToLanes } from '../engine/abi.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import type { Weighted } from '../layers/module.js';
import { describeValue } from '../tensor.js';
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

/** Names of weights, beginnings of names that end in a point, or a function that chooses by name. */
export type WeightChoice = readonly string[] | ((name: string) => boolean);

/**
 * All weights of a model and their gradients, each in one flat run of wasm memory, so that an optimiser, a norm or a
 * clipping is one kernel call. A weight begins on a whole vector; what pads it is zero in values and gradients.
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential } from 'hiddenstate';
 * import { Tape } from 'hiddenstate/train';
 *
 * const head = new Linear({ inFeatures: 4, outFeatures: 1 });
 * const { parameters } = new Tape(new Sequential([new GRU({ inputSize: 1, hiddenSize: 4 }), head]));
 * parameters.freeze(['0.']); // trains the head alone
 * for (const { name, dims } of parameters) console.log(name, dims);
 * console.log(parameters.length, parameters.isFrozen(0)); // 6 true
 * ```
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
  /** Places of the weights that stay as they are. */
  private readonly frozen = new Set<number>();
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
    sources.forEach(({ fixed }, i) => {
      if (fixed) this.frozen.add(i);
    });
    this.pull();
  }

  /**
   * Leaves weights as they are from now on: no optimiser changes them, and their gradients count in no norm.
   *
   * @param which names of weights (`1.weight`), or beginnings of names that end in a point (`1.`); or a function of the name
   * @param frozen false to train them again. Default true.
   * @throws {TypeError | RangeError} if a name is none of the model's
   */
  freeze(which: WeightChoice, frozen = true): void {
    for (const i of this.placesOf(which, 'Parameters.freeze')) {
      if (frozen || this.sources[i].fixed) this.frozen.add(i);
      else this.frozen.delete(i);
    }
  }

  /** Whether the weight at a place, in the model's order, is left as it is. */
  isFrozen(index: number): boolean {
    return this.frozen.has(index);
  }

  /** @internal */
  frozenNames(): string[] {
    return this.items.flatMap(({ name }, i) => (this.frozen.has(i) ? [name] : []));
  }

  /** @internal The places of weights by name. */
  placesOf(which: WeightChoice, who: string): number[] {
    const names = this.sources.map(({ name }) => name);
    if (typeof which === 'function') return names.flatMap((name, i) => (which(name) ? [i] : []));
    if (!Array.isArray(which)) {
      throw typeError(`${who}: got ${describeValue(which)}, expected names of weights, or a function of a name`);
    }
    return which.flatMap((wanted: string) => {
      const places = names.flatMap((name, i) =>
        name === wanted || (String(wanted).endsWith('.') && name.startsWith(wanted)) ? [i] : [],
      );
      if (places.length > 0) return places;
      throw rangeError(`${who}: got ${describeValue(wanted)}, expected one of ${names.join(', ')}`);
    });
  }

  /** @internal Floats from the beginning of the flat runs to a weight's own, and how many it has, padding included. */
  runOf(index: number): { readonly start: number; readonly size: number } {
    const { start } = this.items[index];
    return { start, size: (this.items[index + 1]?.start ?? this.size) - start };
  }

  /** @internal Sets the gradients of frozen weights to zero. */
  clearFrozen(): void {
    for (const i of this.frozen) {
      const { start, size } = this.runOf(i);
      const at = this.gradients / 4 + start;
      this.engine.f32.fill(0, at, at + size);
    }
  }

  /** How many weights there are. */
  get length(): number {
    return this.items.length;
  }

  /** The weight at a place, in the model's order; undefined if there is none. */
  at(index: number): TrainedParameter | undefined {
    return this.items.at(index);
  }

  /** All weights, in the model's order. */
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
