import type { Engine, Slabs } from '../engine/engine.js';
import { STORAGE } from './dtype.js';
import type { TensorValue } from './graph.js';
import { Memory } from './memory.js';
import type { Computed, Output, Prepared } from './operator.js';
import { type PlannedValue, tensorBytes } from './planned-value.js';

/** An expansion larger than this, and four times larger than what it is made of, is computed when it runs. */
const LARGE_BYTES = 2 ** 20;

/** Runs steps whose inputs are all known, while a plan is made. */
export class Folder {
  private readonly slabs: Slabs;
  private room = 0;
  private roomBytes = 0;

  constructor(
    private readonly engine: Engine,
    private readonly memory: Memory,
    who: string,
  ) {
    this.slabs = engine.slabsFor(this, who);
  }

  /**
   * The outputs, computed.
   *
   * @returns `undefined` where that is better left to the run, because the result is far larger than what it is made of
   */
  fold(prepared: Prepared, inputs: readonly (PlannedValue | undefined)[], who: string): Output[] | undefined {
    const constants = inputs.map((input) => input?.constant);
    const inputBytes = constants.map((value) => (value ? tensorBytes(value.dtype, value.dims, who) : 0));
    const outputBytes = prepared.outputs.map((out) =>
      'dims' in out && !('alias' in out) ? tensorBytes(out.dtype, out.dims, who) : 0,
    );
    const sum = (sizes: readonly number[]) => sizes.reduce((total, bytes) => total + padded(bytes), 0);
    if (sum(outputBytes) > Math.max(LARGE_BYTES, 4 * sum(inputBytes))) return undefined;
    const scratchBytes = (prepared.scratch ?? 0) * 4;
    this.reserve(sum(inputBytes) + sum(outputBytes) + padded(scratchBytes));
    const inputAt = this.carve(inputBytes, this.room);
    const outputAt = this.carve(outputBytes, this.room + sum(inputBytes));
    constants.forEach((value, i) => {
      if (value) this.viewOf(value).set(value.data, Memory.index(inputAt[i], STORAGE[value.dtype].view));
    });
    const step = prepared.bind?.({
      memory: this.memory,
      kernels: this.engine.kernels,
      input: (i) => inputAt[i],
      output: (i) => outputAt[i],
      scratch: this.room + sum(inputBytes) + sum(outputBytes),
      packed: (sources, _form, floats, write) => {
        const address = this.slabs.allocate(floats);
        const from = sources.map((source) => (source ? inputAt[constants.indexOf(source)] : 0));
        write(this.engine.f32, address, from);
        return address;
      },
    });
    this.memory.refresh();
    step?.();
    return prepared.outputs.map((out, i) =>
      'dims' in out && !('alias' in out) ? { constant: this.read(out, outputAt[out.sameAs ?? i]) } : out,
    );
  }

  /** Gives the memory back. */
  release(): void {
    this.slabs.release();
  }

  private reserve(bytes: number): void {
    if (bytes > this.roomBytes) {
      // Room is given back when the plan is made, so there is no need to be sparing, and every growth costs.
      this.roomBytes = Math.max(bytes, 1 << 15);
      this.room = this.slabs.replace(this.room, Math.ceil(this.roomBytes / 4));
    }
    this.memory.refresh();
  }

  private carve(sizes: readonly number[], start: number): number[] {
    let at = start;
    return sizes.map((bytes) => {
      const address = at;
      at += padded(bytes);
      return address;
    });
  }

  private viewOf({ dtype }: TensorValue | Computed) {
    return this.memory[STORAGE[dtype].view];
  }

  private read({ dtype, dims }: Computed, address: number): TensorValue {
    const start = Memory.index(address, STORAGE[dtype].view);
    const count = dims.reduce((a, b) => a * b, 1);
    return { dtype, dims, data: this.viewOf({ dtype, dims }).slice(start, start + count) };
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
