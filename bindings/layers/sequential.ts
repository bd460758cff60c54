import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue, readable, type Tensor } from '../tensor.js';
import { writeSafetensors } from '../weights/safetensors.js';
import type { Parameter } from '../weights/state-dict.js';
import { type ForwardOptions, Module, type ModuleConfig, type ModuleResult } from './module.js';
import { openStream } from './open-stream.js';
import type { Stage } from './stage.js';
import type { Stream, StreamOptions } from './stream.js';

/** The states of a Sequential's modules, in order; `undefined` where a module keeps none. */
export type SequentialState = readonly unknown[];

/** Options of `Sequential`. */
export interface SequentialOptions {
  /**
   * What is saved beside the weights: vocabulary, source, licence. Keys of your own; `hiddenstate` is taken. A Sequential
   * within a Sequential is saved without its own.
   */
  metadata?: Readonly<Record<string, string>>;
}

/** What `Sequential.forward` gives. */
export interface SequentialResult extends ModuleResult {
  readonly state: SequentialState;
}

/** The metadata key under which a file describes its model. */
export const DESCRIPTION = 'hiddenstate';

/** The version of the description that `save` writes and `loadModel` reads. */
export const DESCRIPTION_VERSION = 1;

/**
 * Modules one after the other, as torch.nn.Sequential, except that recurrent modules fit as they are: their output goes
 * on, their states are collected. Owns its modules: disposing it disposes them.
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential } from 'hiddenstate';
 *
 * const model = new Sequential([
 *   new GRU({ inputSize: 4, hiddenSize: 8 }),
 *   new Linear({ inFeatures: 8, outFeatures: 2 }),
 * ]);
 * const { output } = model.forward({ data: new Float32Array(5 * 4), dims: [5, 4] });
 * console.log(output.dims); // [ 5, 2 ]
 * const y = model.stream().step(Float32Array.of(1, 2, 3, 4)); // or one step at a time
 * console.log(y.length); // 2
 * ```
 */
export class Sequential extends Module {
  /** The modules, in the order in which they run. */
  readonly modules: readonly Module[];
  /** What is saved beside the weights. */
  readonly metadata: Readonly<Record<string, string>>;

  /**
   * @param modules at least one, all of one engine, each as wide as the one before it gives
   * @throws {TypeError} if there is something else among them
   * @throws {RangeError} if widths do not fit
   * @throws {Error} if engines differ
   */
  constructor(modules: readonly Module[], options: SequentialOptions = {}) {
    checkModules(modules);
    assertOptions(options, ['metadata'], 'Sequential');
    super({ engine: modules[0].engine }, 'Sequential');
    this.modules = [...modules];
    this.metadata = checkMetadata(options.metadata === undefined ? {} : options.metadata);
  }

  get inputSize(): number {
    return this.modules.find(({ inputSize }) => inputSize > 0)?.inputSize ?? 0;
  }

  get outputSize(): number {
    return this.modules.findLast(({ outputSize }) => outputSize > 0)?.outputSize ?? 0;
  }

  get config(): ModuleConfig {
    return { type: 'Sequential', layers: this.modules.map(({ config }) => config) };
  }

  /** @internal */
  override describe(): string {
    const inner = this.modules.map((module, i) => `  ${i}: ${module.describe().replaceAll('\n', '\n  ')}`);
    return `Sequential(\n${inner.join('\n')}\n)`;
  }

  /** @internal */
  get parameters(): readonly Parameter[] {
    return this.modules.flatMap(({ parameters }, i) => parameters.map((p) => ({ ...p, name: `${i}.${p.name}` })));
  }

  /**
   * Runs every module over a whole input.
   *
   * @param input what the first module takes: [T, B, I] for a recurrent one, a tensor of indices for an Embedding
   * @param options `state` as a forward call or a stream gives it; `lengths` for the recurrent modules
   * @returns the last module's output, and the states of all
   * @throws {TypeError | RangeError} if an argument does not fit
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor, options: ForwardOptions<SequentialState> = {}): SequentialResult {
    this.assertAlive('forward');
    assertOptions(options, ['state', 'lengths'], 'Sequential.forward');
    const { state: given, lengths } = options;
    const states = given === undefined ? [] : checkStates(given, this.modules.length, 'Sequential.forward: state');
    let output = input;
    const state = this.modules.map((module, i) => {
      const result = module.run(output, { state: states[i], lengths });
      output = result.output;
      return result.state;
    });
    return { output, state };
  }

  /**
   * Opens a stream through all modules: one step a call, everything between the first and the last stays in wasm memory.
   *
   * @throws {Error} if a module is bidirectional or disposed
   * @throws {TypeError | RangeError} if batch or state do not fit
   */
  stream(options: StreamOptions<SequentialState> = {}): Stream<SequentialState> {
    return openStream<SequentialState>(this, options);
  }

  /**
   * Writes weights, description and metadata as one safetensors file, which `loadModel` reads.
   *
   * @returns the file's bytes
   * @throws {Error} after `dispose()`
   */
  save(): Uint8Array {
    const description = JSON.stringify({ version: DESCRIPTION_VERSION, layers: this.config.layers });
    return writeSafetensors(this.storedStateDict(), { ...this.metadata, [DESCRIPTION]: description });
  }

  /** Disposes every module. */
  override dispose(): void {
    for (const module of this.modules) module.dispose();
    super.dispose();
  }

  /** @internal A module disposed behind its back counts as well. */
  override assertAlive(method: string): void {
    super.assertAlive(method);
    for (const module of this.modules) module.assertAlive(method);
  }

  /** @internal */
  override run(input: Tensor, options?: ForwardOptions<unknown>): SequentialResult {
    return this.forward(input, options as ForwardOptions<SequentialState>);
  }

  /** @internal */
  override openStage(batch: number, width: number): Stage {
    return new SequentialStage(this, batch, width);
  }
}

/** The stages of all modules, each reading where the one before it wrote. */
class SequentialStage implements Stage {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly stages: Stage[] = [];

  constructor(owner: Sequential, batch: number, width: number) {
    if (width === 0) {
      throw new HiddenstateError(
        'UNSUPPORTED',
        'Sequential.stream: got only modules of any width, expected one that says how wide an input is',
      );
    }
    this.inputSize = width;
    let next = width;
    try {
      for (const module of owner.modules) {
        module.assertAlive('stream');
        const stage = module.openStage(batch, next);
        this.stages.push(stage);
        next = stage.outputSize;
      }
    } catch (error) {
      this.release();
      throw error;
    }
    this.outputSize = next;
  }

  get refuses(): boolean {
    return this.stages.some((stage) => stage.refuses);
  }

  reserve(steps: number): void {
    for (const stage of this.stages) stage.reserve(steps);
  }

  advance(x: number, steps: number, lanes?: ArrayLike<number>): number {
    for (const stage of this.stages) x = stage.advance(x, steps, lanes);
    return x;
  }

  reset(state: unknown, who: string, lane?: number): void {
    const states = state === undefined ? [] : checkStates(state, this.stages.length, `${who}: state`);
    const before = state === undefined ? [] : this.readState(lane);
    try {
      this.stages.forEach((stage, i) => {
        stage.reset(states[i], who, lane);
      });
    } catch (error) {
      this.stages.forEach((stage, i) => {
        stage.reset(before[i], who, lane);
      });
      throw error;
    }
  }

  readState(lane?: number): SequentialState {
    return this.stages.map((stage) => stage.readState(lane));
  }

  copyLane(lane: number, source: SequentialStage, sourceLane: number): void {
    this.stages.forEach((stage, i) => {
      stage.copyLane(lane, source.stages[i], sourceLane);
    });
  }

  release(): void {
    for (const stage of this.stages) stage.release();
  }
}

function checkModules(modules: readonly Module[]): void {
  if (
    !readable(modules) ||
    !Array.isArray(modules) ||
    modules.length === 0 ||
    modules.some((module) => !(readable(module) instanceof Module))
  ) {
    throw typeError(`Sequential: got ${describeValue(modules)}, expected an array of at least one module`);
  }
  let width = 0;
  modules.forEach(({ engine, inputSize, outputSize, type }, i) => {
    if (engine !== modules[0].engine) {
      throw new HiddenstateError(
        'UNSUPPORTED',
        `Sequential: module ${i} (${type}): got another engine than module 0, expected one engine for all`,
      );
    }
    if (width && inputSize && inputSize !== width) {
      throw rangeError(
        `Sequential: module ${i} (${type}): got input size ${inputSize}, expected ${width}, the width before it`,
      );
    }
    width = outputSize || width;
  });
  checkLayouts(modules);
}

/** A pool reads time where the recurrent layer before it wrote it. */
function checkLayouts(modules: readonly Module[]): void {
  const pool = modules.findIndex((module) => 'poolRows' in module);
  const before = modules.findLastIndex((module, i) => i < pool && 'batchFirst' in module);
  if (before < 0) return;
  const [got, expected] = [pool, before].map((i) => (modules[i] as Module & { batchFirst: boolean }).batchFirst);
  if (got === expected) return;
  throw rangeError(
    `Sequential: module ${pool} (${modules[pool].type}): got batchFirst ${got}, expected ${expected}, as module ${before} (${modules[before].type}) has`,
  );
}

function checkMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (typeof metadata !== 'object' || metadata === null || !readable(metadata) || Array.isArray(metadata)) {
    throw typeError(`Sequential: metadata: got ${describeValue(metadata)}, expected an object of strings`);
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (key === DESCRIPTION || typeof value !== 'string') {
      throw typeError(
        `Sequential: metadata ${describeValue(key)}: got ${describeValue(value)}, expected strings under keys other than "${DESCRIPTION}"`,
      );
    }
  }
  return { ...metadata };
}

function checkStates(state: unknown, count: number, who: string): SequentialState {
  if (Array.isArray(state) && state.length === count) return state;
  throw typeError(`${who}: got ${describeValue(state)}, expected an array of ${count} states, one for each module`);
}
