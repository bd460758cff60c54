import type { Engine, Slabs } from '../engine/engine.js';
import { sizeOf, type Who } from './dims.js';
import { STORAGE, type Values } from './dtype.js';
import type { Graph, TensorValue } from './graph.js';
import { graphKernels } from './kernels.js';
import { Memory } from './memory.js';
import { type Computed, isComputed, type Output, type Prepared } from './operator.js';
import { MAX_BYTES, type PlannedValue, tensorBytes } from './planned-value.js';
import { store } from './staging.js';

/** A result larger than this, workspace included, and larger than four times its inputs is not folded but computed when the model runs. */
const LARGE_BYTES = 2 ** 20;

/** Bounds constant folding as a whole: a hostile file could make every node expand its input fourfold. */
const LARGE_IN_ALL_BYTES = 2 ** 26;

/** Results of all folding, together, may come to so many times the constants that the graph holds, or to `LARGE_IN_ALL_BYTES`. */
const GROWTH = 16;

/** Room for what most of a plan's folding is about: shapes, indices, conditions. */
const ROOM_BYTES = 2 ** 12;

/** Inputs of a step that is folded. */
type KnownInputs = readonly (PlannedValue | undefined)[];

/** What a folder needs of the source of a plan. */
export interface FolderParts {
  readonly engine: Engine;
  readonly memory: Memory;
  readonly graph: Graph;
  readonly who: string;
  readonly maxBytes?: number | undefined;
}

function constantBytes({ constants }: Graph, who: string): number {
  let bytes = 0;
  for (const { dtype, dims } of constants.values()) bytes += tensorBytes(dtype, dims, { who });
  return bytes;
}

/** Runs steps whose inputs are all known, while a plan is made. */
export class Folder {
  private slabs: Slabs | undefined;
  private room = 0;
  private roomBytes = 0;
  /** Bytes of all results so far. */
  private made = 0;
  /** Bytes of those that took four times more than what they are made of. */
  private expanded = 0;

  private readonly engine: Engine;
  private readonly memory: Memory;
  private readonly who: string;
  /** What all results may take: a chain of Concat doubles its constant at every node. */
  private readonly most: number;

  constructor({ engine, memory, who, graph, maxBytes = MAX_BYTES }: FolderParts) {
    this.engine = engine;
    this.memory = memory;
    this.who = who;
    this.most = Math.min(maxBytes, Math.max(LARGE_IN_ALL_BYTES, GROWTH * constantBytes(graph, who)));
  }

  /**
   * The outputs, computed.
   *
   * @returns `undefined` where that is better left to the run, because the result, or the work on it, is far larger
   *   than what it is made of, or all results together are far larger than what the file holds
   */
  fold(prepared: Prepared, inputs: KnownInputs, site: Who): Output[] | undefined {
    const { outputs } = prepared;
    // Where everything lies, from the beginning of the room: the inputs, each once, then the outputs, then the workspace.
    const at: number[] = [];
    let end = 0;
    const places = new Map<PlannedValue | undefined, number>();
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i];
      at.push(places.get(input) ?? end);
      if (!input || places.has(input)) continue;
      places.set(input, end);
      end += padded(tensorBytes(input.dtype, input.dims, site));
    }
    const inputBytes = end;
    for (const output of outputs) {
      at.push(end);
      if (isComputed(output)) end += padded(tensorBytes(output.dtype, output.dims, site));
    }
    at.push(end);
    const made = end - inputBytes;
    end += (prepared.scratch ?? 0) * 4;
    const taken = end - inputBytes;
    const expanded = taken > 4 * inputBytes ? taken : 0;
    if (expanded > LARGE_BYTES || this.expanded + expanded > LARGE_IN_ALL_BYTES) return undefined;
    if (this.made + made > this.most) return undefined;
    this.expanded += expanded;
    this.made += made;
    return prepared.fold ? folded(prepared, inputs) : this.computed(prepared, inputs, at, end);
  }

  /** Gives the memory back. */
  release(): void {
    this.slabs?.release();
  }

  private computed(prepared: Prepared, inputs: KnownInputs, at: readonly number[], end: number): Output[] {
    this.reserve(end);
    const forms = this.engine.slabsFor(this, this.who);
    try {
      this.run(prepared, inputs, at, forms);
    } finally {
      forms.release();
    }
    const { memory, room } = this;
    const outputs: Output[] = [];
    for (let i = 0; i < prepared.outputs.length; i++) {
      const output = prepared.outputs[i];
      if (!isComputed(output)) outputs.push(output);
      else {
        const { dtype, dims, sameAs = i } = output;
        const { view } = STORAGE[dtype];
        const start = Memory.index(room + at[inputs.length + sameAs], view);
        outputs.push({ constant: { dtype, dims, data: memory[view].slice(start, start + sizeOf(dims)) } });
      }
    }
    return outputs;
  }

  /** @param forms for what the step packs */
  private run(prepared: Prepared, inputs: KnownInputs, at: readonly number[], forms: Slabs): void {
    const { engine, memory, room } = this;
    for (let i = 0; i < inputs.length; i++) {
      const constant = inputs[i]?.constant;
      if (constant) store(memory, constant, room + at[i]);
    }
    const step = prepared.bind?.({
      memory,
      kernels: engine.kernels,
      byteDots: engine.byteDots,
      graphKernels: graphKernels(engine),
      // Folded once, which is not worth the kernels of transforms.
      spectraKernels: undefined,
      input: (i) => room + at[i],
      output: (i) => room + at[inputs.length + i],
      scratch: room + at[inputs.length + prepared.outputs.length],
      packed: (sources, _form, floats, write) => {
        const address = forms.allocate(floats);
        const places = sources.map((source) => {
          const i = inputs.findIndex((input) => source !== undefined && input?.constant === source);
          return i < 0 ? 0 : room + at[i];
        });
        write(engine.f32, address, places);
        return address;
      },
    });
    memory.refresh();
    step?.();
  }

  private reserve(bytes: number): void {
    this.slabs ??= this.engine.slabsFor(this, this.who);
    if (bytes > this.roomBytes) {
      // Room is given back when the plan is made, so there is no need to be sparing, and every growth costs.
      this.roomBytes = Math.max(bytes, 2 * this.roomBytes, ROOM_BYTES);
      this.room = this.slabs.replace(this.room, Math.ceil(this.roomBytes / 4));
    }
    this.memory.refresh();
  }
}

/** Folds a step that needs no kernel, and therefore no wasm memory: its outputs are computed in arrays. */
function folded(prepared: Prepared, inputs: KnownInputs): Output[] {
  const to: Values[] = [];
  const outputs: Output[] = [];
  for (const { dtype, dims } of prepared.outputs as readonly Computed[]) {
    const data = STORAGE[dtype].make(sizeOf(dims));
    to.push(data);
    outputs.push({ constant: { dtype, dims, data } });
  }
  const from: TensorValue[] = [];
  for (const input of inputs) from.push(input?.constant as TensorValue);
  prepared.fold?.(to, from);
  return outputs;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
