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
import type { Tensor } from '../../tensor.js';
import type { Batch } from '../data/batches.js';
import type { Passes } from '../fit/passes.js';
import { outputDims } from '../output-dims.js';
import type { Parameters } from '../parameters.js';
import { type BatchAxes, batchAxes, divide } from './division.js';
import type { ShardGradient, ShardInput, ShardOutput, ShardTasks } from './station.js';

const WHO = 'fit';
/** A shard's seed differs from that of the step by multiples of this. */
const SEED_STEP = 0x85ebca6b;

/** Where shards are worked on: a thread of its own, or the caller's. */
export type ShardPlace = Pick<Place<ShardTasks>, 'run' | 'lend' | 'giveBack'> & {
  /** Ends it at once. */
  end(): Promise<void>;
};

/**
 * Batches in shards. What each shard computes, and the order in which their gradients are added, depends on how many there are,
 * never on who works on them.
 */
export class ShardedPasses implements Passes {
  private readonly axes: BatchAxes;
  /** Of the batch that is under way: the sequences of each shard; undefined if one shard has it whole. */
  private parts: readonly Share[] | undefined;
  /** The output of the latest batch. */
  private output = new Float32Array(0);
  /** All weights, where every thread sees them. */
  private readonly weights: Float32Array | undefined;

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
    private readonly onAnswered: () => void,
  ) {
    this.axes = batchAxes(model);
    if (sharesMemory()) this.weights = new Float32Array(new SharedArrayBuffer(parameters.size * 4));
  }

  async forward({ input, lengths }: Batch, state: unknown, seed: number) {
    const { axes, owned } = this;
    const parts = divide(input.dims, axes, owned[owned.length - 1].to);
    this.parts = parts;
    const given = this.values();
    this.weights?.set(given);
    const batch = input.dims[axes.input];
    const partOf = (shard: number, share: Share | undefined, lend: Lend): ShardInput => {
      const own = share ? sliceTensor(input, axes.input, share, lend) : copyTensor(input, lend);
      return {
        shard,
        input: own,
        lengths: lengths && Array.prototype.slice.call(lengths, share?.from, share?.to),
        state: share && state !== undefined ? sliceStates(state, batch, share, WHO) : copyStates(state),
        seed: seed + Math.imul(shard, SEED_STEP),
        out: lend(outputDims(this.model, own.dims).reduce((a, b) => a * b, 1)),
      };
    };
    return this.each(
      'forward',
      partOf,
      (inputs) => ({ weights: this.weights ?? given.slice(), parts: inputs }),
      (results: readonly ShardOutput[]) => ({
        // Copied also where it is one: what was lent is given back.
        output: joinTensors(
          results.map(({ output }) => output),
          parts ? axes.output : 0,
          (length) => this.keep(length),
        ),
        state: parts ? joinStates(results.map((result) => result.state)) : results[0].state,
      }),
    );
  }

  async backward(outputGradient: Tensor): Promise<void> {
    const { axes, parameters } = this;
    const partOf = (shard: number, share: Share | undefined, lend: Lend): ShardGradient => ({
      shard,
      gradient: share ? sliceTensor(outputGradient, axes.output, share, lend) : copyTensor(outputGradient, lend),
      out: lend(parameters.size),
    });
    await this.each(
      'backward',
      partOf,
      (parts) => ({ parts }),
      (results: readonly Float32Array[]) => {
        parameters.assertAlive('gradient');
        const { engine, gradients, size } = parameters;
        const sums = engine.f32.subarray(gradients / 4, gradients / 4 + size);
        for (const gradient of results) addTo(sums, gradient);
      },
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.places.map((place) => place.end()));
  }

  /** Has every place do its shards of the batch, and gives what they gave to `join`, in the order of the shards. */
  private async each<Name extends 'forward' | 'backward', Part, Result, Joined>(
    name: Name,
    partOf: (shard: number, share: Share | undefined, lend: Lend) => Part,
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

  private keep(length: number): Float32Array {
    if (this.output.length !== length) this.output = new Float32Array(length);
    return this.output;
  }

  private values(): Float32Array {
    const { engine, values, size } = this.parameters;
    this.parameters.assertAlive('value');
    return engine.f32.subarray(values / 4, values / 4 + size);
  }
}

/** A function of its own: a loop within a callback is compiled anew for each batch's. */
function addTo(sums: Float32Array, terms: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += terms[i];
}
