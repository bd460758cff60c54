import { disposeSymbol } from '../dispose-symbol.js';
import { sharedEngine } from '../engine/default-engine.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { disposedError, typeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue, type StateDict, type StoredStateDict, type Tensor } from '../tensor.js';
import type { WeightFormat } from '../weights/quantized.js';
import {
  applyStateDict,
  collectStateDict,
  collectStoredStateDict,
  type LoadOptions,
  type Parameter,
} from '../weights/state-dict.js';
import type { Stage } from './stage.js';

/** What every module can be told. */
export interface ModuleOptions {
  /** Where its memory lives; the shared engine unless given. */
  engine?: Engine;
}

/** Options of `fromStateDict`: where to look, and how to keep what is there. */
export interface WeightOptions extends LoadOptions, ModuleOptions {
  /** How matrices are kept, whatever the dict holds. Default: int8 where one of them is, float32 otherwise. */
  weights?: WeightFormat;
}

/** A module described as JSON: its type and the options that rebuild it. */
export type ModuleConfig = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Options of `forward`. */
export interface ForwardOptions<State> {
  /** Where the recurrence begins; zeros unless given. Copied. */
  state?: State;
  /** Valid steps of each sequence of a batch, in any order (PackedSequence semantics). */
  lengths?: ArrayLike<number>;
}

/** What `forward` gives: the output, and the state where the module has one. */
export interface ModuleResult {
  readonly output: Tensor;
  readonly state?: unknown;
}

/** Anything with weights: owns wasm memory from construction to `dispose()`. */
export abstract class Weighted {
  /** Where its memory lives. */
  readonly engine: Engine;
  /** @internal Its weights by PyTorch's names. */
  abstract readonly parameters: readonly Parameter[];
  /** @internal Its wasm memory. */
  protected readonly slabs: Slabs;
  private alive = true;

  /** @internal */
  constructor(
    { engine = sharedEngine() }: ModuleOptions,
    /** The name of its class, for messages and descriptions. */
    readonly type: string,
  ) {
    // By shape: entries that are bundled apart (debug, core) bring an Engine class of their own.
    if (typeof engine?.slabsFor !== 'function') {
      throw typeError(`${type}: engine: got ${describeValue(engine)}, expected an engine from createEngine()`);
    }
    this.engine = engine;
    this.slabs = engine.slabsFor(this, type);
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return !this.alive;
  }

  /**
   * Copies the weights out as float32, whichever way they are kept.
   *
   * @returns tensors of their own, under PyTorch's names
   * @throws {Error} after `dispose()`
   */
  stateDict(): StateDict {
    this.assertAlive('stateDict');
    return collectStateDict(this.parameters);
  }

  /**
   * Copies the weights out as they are kept: matrices of an int8 layer as `Int8Tensor`, with their scales beside them.
   *
   * @returns tensors of their own, which `fromStateDict`, `loadStateDict` and `writeSafetensors` take
   * @throws {Error} after `dispose()`
   */
  storedStateDict(): StoredStateDict {
    this.assertAlive('storedStateDict');
    return collectStoredStateDict(this.parameters);
  }

  /**
   * Copies weights in, strictly: every parameter present with its exact dims, every key used. On error nothing changes.
   *
   * Float32 matrices are rounded where they are kept as int8, int8 ones expanded where they are kept as float32.
   *
   * @param dict tensors under PyTorch's names; stays the caller's
   * @throws {TypeError} if the dict or a tensor has the wrong kind
   * @throws {RangeError} if a tensor has other dims
   * @throws {Error} if a tensor is missing or unknown; after `dispose()`
   */
  loadStateDict(dict: StoredStateDict, options: LoadOptions = {}): void {
    const who = `${this.type}.loadStateDict`;
    this.assertAlive('loadStateDict');
    assertOptions(options, ['prefix'], who);
    applyStateDict(this.parameters, dict, who, options);
  }

  /** Gives the memory back. The module, and the streams opened on it, throw when used afterwards. */
  dispose(): void {
    this.alive = false;
    this.slabs.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  /**
   * Weights whose readers and writers throw after `dispose()`: whoever holds one, and whatever happens between a check and
   * a write, the memory that belongs to another by then stays as it is.
   *
   * @internal
   */
  protected guarded(parameters: readonly Parameter[]): Parameter[] {
    const guard =
      <A extends unknown[], R>(method: string, access: (...args: A) => R) =>
      (...args: A): R => {
        this.assertAlive(method);
        return access(...args);
      };
    return parameters.map(({ read, write, int8, ...rest }) => ({
      ...rest,
      read: guard('stateDict', read),
      write: guard('loadStateDict', write),
      ...(int8 && { int8: { read: guard('stateDict', int8.read), write: guard('loadStateDict', int8.write) } }),
    }));
  }

  /** @internal */
  assertAlive(method: string): void {
    if (!this.alive) throw disposedError(`${this.type}.${method}`, this.type);
  }
}

/**
 * A layer: maps tensors to tensors, can be a link of a `Sequential` and of a stream. Public as a type only: what a module is made
 * of lies in wasm memory, so a class of your own holds modules instead of being one.
 *
 * @example
 * ```ts
 * import { GRU, Linear, type Module } from 'hiddenstate';
 *
 * const width = (module: Module) => `${module.type}: ${module.inputSize} to ${module.outputSize}`;
 * console.log(width(new GRU({ inputSize: 4, hiddenSize: 8 }))); // GRU: 4 to 8
 * console.log(width(new Linear({ inFeatures: 8, outFeatures: 2 }))); // Linear: 8 to 2
 * ```
 */
export abstract class Module extends Weighted {
  /** Features of an input vector; 0 where any width will do. */
  abstract readonly inputSize: number;
  /** Features of an output vector; 0 where it is the input's. */
  abstract readonly outputSize: number;
  /** Its description, from which `loadModel` rebuilds it. */
  abstract readonly config: ModuleConfig;

  /**
   * What console.log shows in Node: the type and its options, not the memory of the engine.
   *
   * @internal
   */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.describe()}${this.disposed ? ' (disposed)' : ''}`;
  }

  /** @internal `LSTM(inputSize: 8, hiddenSize: 16)`; what is false or 0 is left out. */
  describe(): string {
    const { type, ...options } = this.config;
    const shown = Object.entries(options).filter(([, value]) => value);
    return `${type}(${shown.map(([name, value]) => `${name}: ${value}`).join(', ')})`;
  }

  /** @internal Runs a whole input; the public `forward` of each module narrows the types. */
  abstract run(input: Tensor, options?: ForwardOptions<unknown>): ModuleResult;

  /** @internal Opens one link of a stream; `width` is the width of what comes in. */
  abstract openStage(batch: number, width: number): Stage;
}

/**
 * Loads a module just made, or disposes it.
 *
 * @internal
 */
export function loaded<M extends Weighted>(module: M, dict: StoredStateDict, options: LoadOptions): M {
  try {
    module.loadStateDict(dict, options);
    return module;
  } catch (error) {
    module.dispose();
    throw error;
  }
}
