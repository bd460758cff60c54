import { rangeError } from '../../errors.js';
import type { Module } from '../../index.js';
import { sharesMemory } from '../../parallel/room.js';
import {
  copyStates,
  copyTensor,
  joinStates,
  joinTensors,
  type Lend,
  type Share,
  sliceStates,
  sliceTensor,
} from '../../parallel/split.js';
import type { Place } from '../../parallel/thread.js';
import { assertTensor, formatDims, type Tensor } from '../../tensor.js';
import type { Batch } from '../data/batches.js';
import type { CheckedLoss } from '../fit/evaluate.js';
import type { Lesson, Passes } from '../fit/passes.js';
import type { LossRecipe } from '../losses/loss.js';
import { outputDims } from '../output-dims.js';
import type { Parameters } from '../parameters.js';
import { type BatchAxes, batchAxes, divide } from './division.js';
import { GradientSum } from './gradient-sum.js';
import type { ShardExample, ShardGradient, ShardInput, ShardLesson, ShardOutput, ShardTasks } from './station.js';

const WHO = 'fit';
/** A shard's seed differs from that of the step by multiples of this. */
const SEED_STEP = 0x85ebca6b;

/** Where shards are worked on: a thread of its own, or the caller's. */
export type ShardPlace = Pick<Place<ShardTasks>, 'run' | 'lend' | 'giveBack'> & {
  /** Ends it at once. */
  end(): Promise<void>;
};

/** How a batch's loss comes about. */
export interface ShardedLoss {
  /** That of the library, which shards can compute; undefined for one of the user's own. */
  readonly recipe: LossRecipe | undefined;
  /** Computes it here, of the whole output. */
  compare(output: Tensor, batch: Batch): Promise<CheckedLoss>;
}

/** Makes a shard's part of something; `share` says which sequences, and is undefined if the shard has all. */
type PartOf<Part> = (shard: number, share: Share | undefined, lend: Lend) => Part;

/**
 * Batches in shards. What each shard computes, and the order in which their gradients are added, depends on how many there are,
 * never on who works on them.
 */
export class ShardedPasses implements Passes {
  private readonly axes: BatchAxes;
  private readonly sum: GradientSum;
  /** Of the batch that is under way: the sequences of each shard; undefined if one shard has it whole. */
  private parts: readonly Share[] | undefined;
  /** The output of the latest batch. */
  private output = new Float32Array(0);
  /** All weights, where every thread sees them. */
  private readonly shared: Float32Array | undefined;

  /**
   * @param parameters the fit's own: their values are what shards compute with, and to their gradients shards add
   * @param owned which shards each place has
   * @param onAnswered called once all places have answered
   */
  constructor(
    private readonly model: Module,
    private readonly parameters: Parameters,
    private readonly owned: readonly Share[],
    private readonly places: readonly ShardPlace[],
    private readonly loss: ShardedLoss,
    private readonly onAnswered: () => void,
  ) {
    this.axes = batchAxes(model);
    this.sum = new GradientSum(parameters);
    if (sharesMemory()) this.shared = new Float32Array(new SharedArrayBuffer(parameters.size * 4));
  }

  async learn(batch: Batch, state: unknown, seed: number, shows: boolean): Promise<Lesson> {
    const { axes, owned, loss, model } = this;
    const { input, lengths } = batch;
    this.parts = divide(input.dims, axes, owned[owned.length - 1].to);
    this.shared?.set(this.values());
    const inputOf: PartOf<ShardInput> = (shard, share, lend) => {
      const own = cut(input, axes.input, share, lend);
      return {
        shard,
        input: own,
        lengths: lengths && Array.prototype.slice.call(lengths, share?.from, share?.to),
        state:
          share && state !== undefined ? sliceStates(state, input.dims[axes.input], share, WHO) : copyStates(state),
        seed: seed + Math.imul(shard, SEED_STEP),
        out: shows || !loss.recipe ? lend(outputDims(model, own.dims).reduce((a, b) => a * b, 1)) : undefined,
      };
    };
    return loss.recipe ? this.learnByShards(batch, inputOf, shows, loss.recipe) : this.learnHere(batch, inputOf);
  }

  async close(): Promise<void> {
    this.sum.dispose();
    await Promise.all(this.places.map((place) => place.end()));
  }

  /** Each shard computes the loss of its part and goes back at once: nobody waits for others in between. */
  private async learnByShards(
    { input, target, weights }: Batch,
    inputOf: PartOf<ShardInput>,
    shows: boolean,
    { options: { reduction = 'mean' } }: LossRecipe,
  ): Promise<Lesson> {
    const { axes, parts, parameters } = this;
    if (parts) {
      const batch = input.dims[axes.input];
      assertSequences(target, axes.output, batch, `${WHO}: target`);
      if (weights) assertSequences(weights, axes.output, batch, `${WHO}: weights`);
    }
    const exampleOf: PartOf<ShardExample> = (shard, share, lend) => ({
      ...inputOf(shard, share, lend),
      target: cut(target, axes.output, share, lend),
      weights: weights && cut(weights, axes.output, share, lend),
      gradientsOut: lend(parameters.size),
      shows,
    });
    return this.each('learn', exampleOf, this.withWeights, (lessons: readonly ShardLesson[]) => {
      const total = lessons.reduce((sum, { weight }) => sum + weight, 0);
      let value = 0;
      for (const lesson of lessons) {
        // The mean of a batch is that of its shards' means, by what counts in each; 0 if nothing counts.
        const share = reduction === 'mean' ? lesson.weight / (total || 1) : 1;
        value += share * lesson.value;
        this.sum.add(lesson.gradients, share);
      }
      const output = shows ? this.joinOutputs(lessons as readonly ShardOutput[]) : undefined;
      return { value, weight: reduction === 'mean' ? total : 1, state: this.joinStates(lessons), output };
    });
  }

  /** The shards' outputs come here for the loss, and its gradient goes to them. */
  private async learnHere(batch: Batch, inputOf: PartOf<ShardInput>): Promise<Lesson> {
    const { axes, parameters } = this;
    const { output, state } = await this.each(
      'forward',
      inputOf,
      this.withWeights,
      (results: readonly ShardOutput[]) => ({ output: this.joinOutputs(results), state: this.joinStates(results) }),
    );
    const { value, weight, gradient } = await this.loss.compare(output, batch);
    const gradientOf: PartOf<ShardGradient> = (shard, share, lend) => ({
      shard,
      gradient: cut(gradient, axes.output, share, lend),
      gradientsOut: lend(parameters.size),
    });
    await this.each(
      'backward',
      gradientOf,
      (parts) => ({ parts }),
      (results: readonly Float32Array[]) => {
        for (const gradients of results) this.sum.add(gradients, 1);
      },
    );
    return { value, weight, state, output };
  }

  /** Has every place do its shards of the batch, and gives what they gave to `join`, in the order of the shards. */
  private async each<Name extends Exclude<keyof ShardTasks, 'ready'>, Part, Result, Joined>(
    name: Name,
    partOf: PartOf<Part>,
    taskOf: (parts: Part[]) => ShardTasks[Name],
    join: (results: readonly Result[]) => Joined,
  ): Promise<Joined> {
    const shares: readonly (Share | undefined)[] = this.parts ?? [undefined];
    const lent: { place: ShardPlace; memory: Float32Array }[] = [];
    const calls = this.places.map((place, p) => {
      const { from, to } = this.owned[p];
      const lend = (length: number) => {
        const memory = place.lend(length);
        if (memory) lent.push({ place, memory });
        return memory;
      };
      const parts = shares.slice(from, to).map((share, i) => partOf(from + i, share, lend));
      return parts.length === 0 ? [] : place.run(name, taskOf(parts));
    });
    const results = (await Promise.all(calls)) as Result[][];
    this.onAnswered();
    const joined = join(results.flat());
    for (const { place, memory } of lent) place.giveBack(memory);
    return joined;
  }

  private readonly withWeights = <Part>(parts: Part[]) => {
    return { weights: this.shared ?? this.values().slice(), parts };
  };

  private values(): Float32Array {
    const { engine, values, size } = this.parameters;
    this.parameters.assertAlive('value');
    return engine.f32.subarray(values / 4, values / 4 + size);
  }

  /** Copied also where it is one: what was lent is given back. */
  private joinOutputs(results: readonly ShardOutput[]): Tensor {
    const outputs = results.map(({ output }) => output);
    return joinTensors(outputs, this.parts ? this.axes.output : 0, (length) => {
      if (this.output.length !== length) this.output = new Float32Array(length);
      return this.output;
    });
  }

  private joinStates(results: readonly { readonly state: unknown }[]): unknown {
    return this.parts ? joinStates(results.map(({ state }) => state)) : results[0].state;
  }
}

function cut(tensor: Tensor, axis: number, share: Share | undefined, lend: Lend): Tensor {
  return share ? sliceTensor(tensor, axis, share, lend) : copyTensor(tensor, lend);
}

/** Checks what is about to be cut: a shard would not miss what is left over. */
function assertSequences(tensor: Tensor, axis: number, batch: number, who: string): void {
  assertTensor(tensor, who);
  if (tensor.dims[axis] === batch) return;
  const expected = `${batch} sequences in dimension ${axis}, as in the input`;
  throw rangeError(`${who}: got dims ${formatDims(tensor.dims)}, expected ${expected}`);
}
