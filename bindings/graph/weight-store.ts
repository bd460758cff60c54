import type { Engine, Slabs } from '../engine/engine.js';
import type { Node, TensorValue } from './graph.js';
import type { Memory } from './memory.js';
import { type Staging, store, storedBytes } from './staging.js';

/** The outputs of a folded node, and the constants they were computed from. */
interface Folded {
  readonly inputs: readonly (TensorValue | undefined)[];
  readonly outputs: readonly TensorValue[];
}

/**
 * Constants in wasm memory, plain or packed, each put there when it is first asked for. A model has one store for what
 * every plan shares, a plan one for what only its shapes made constant.
 */
export class WeightStore {
  /** What nodes of constants give, so that the next plan need not fold them again. */
  private readonly folded = new Map<Node, Folded>();
  private slabs: Slabs;
  private readonly ids = new Map<TensorValue, number>();
  private readonly places = new Map<string, number>();

  constructor(
    private readonly owner: object,
    private readonly engine: Engine,
    private readonly memory: Memory,
    private readonly who: string,
  ) {
    this.slabs = engine.slabsFor(owner, who);
  }

  /** Takes a constant in: it lives as long as the store. */
  adopt(value: TensorValue): void {
    if (!this.ids.has(value)) this.ids.set(value, this.ids.size);
  }

  /** Whether a constant was adopted. */
  owns(value: TensorValue): boolean {
    return this.ids.has(value);
  }

  /** What a node gave for these inputs, if that is kept. */
  foldedBefore(node: Node, inputs: readonly (TensorValue | undefined)[]): readonly TensorValue[] | undefined {
    const before = this.folded.get(node);
    return before && inputs.every((input, i) => input === before.inputs[i]) ? before.outputs : undefined;
  }

  /** Keeps what a node gave for its inputs, the first time. */
  keepFolded(node: Node, inputs: readonly (TensorValue | undefined)[], outputs: readonly TensorValue[]): void {
    if (this.folded.has(node)) return;
    for (const output of outputs) this.adopt(output);
    this.folded.set(node, { inputs, outputs });
  }

  /** Takes room for a plan's buffers; returns its address. */
  reserve(bytes: number): number {
    return this.slabs.allocate(Math.max(4, bytes / 4));
  }

  /** Address of a constant's elements. */
  place(value: TensorValue): number {
    return this.find('plain', [value], () => {
      const address = this.allocate(storedBytes(value) / 4);
      store(this.memory, value, address);
      return address;
    });
  }

  /**
   * See `Place.packed`.
   *
   * @param staging where the sources lie meanwhile
   */
  packed(
    sources: readonly (TensorValue | undefined)[],
    form: string,
    floats: number,
    write: (f32: Float32Array, address: number, sources: readonly number[]) => void,
    staging: Staging,
  ): number {
    return this.find(form, sources, () => {
      // First, for what fails here then leaves nothing behind in a store that lives on.
      const from = staging.bring(sources);
      const address = this.allocate(floats);
      write(this.memory.f32, address, from);
      return address;
    });
  }

  private find(form: string, sources: readonly (TensorValue | undefined)[], make: () => number): number {
    const key = `${form}:${sources.map((source) => source && this.idOf(source)).join()}`;
    let address = this.places.get(key);
    if (address === undefined) {
      address = make();
      this.places.set(key, address);
    }
    return address;
  }

  private allocate(floats: number): number {
    const address = this.slabs.allocate(floats);
    this.memory.refresh();
    return address;
  }

  /** Gives all memory back. What was adopted stays, and is put into memory again when asked for. */
  release(): void {
    this.places.clear();
    this.slabs.release();
    this.slabs = this.engine.slabsFor(this.owner, this.who);
  }

  private idOf(value: TensorValue): number {
    this.adopt(value);
    return this.ids.get(value) as number;
  }
}
