import { disposedError } from '../errors.js';
import type { Kernels } from './abi.js';
import { Arena, type Slab } from './arena.js';
import { instantiateKernels, type KernelSource } from './kernel-source.js';

/** Which kernels run: `relaxed` fuses multiply-adds, `baseline` gives the same bits on every machine. */
export type Simd = 'baseline' | 'relaxed';

/** Makes the exports of a kernel module over a memory; the debug entry has one of its own. */
export type Instantiate = (source: KernelSource, memory: WebAssembly.Memory) => Kernels;

/** Further kernels over the same memory, by the entry they belong to. The debug engine brings its own, and so does who gives `createEngine` sources for them. */
export type Companions = Readonly<Record<string, (memory: WebAssembly.Memory) => unknown>>;

/**
 * One WebAssembly memory, one kernel instance, one arena. Any number of layers and streams share an engine; weights and
 * states of different engines never mix.
 *
 * @example
 * ```ts
 * import { createEngine, LSTM } from 'hiddenstate';
 *
 * const engine = createEngine(); // a memory of its own, apart from that of other engines
 * const lstm = new LSTM({ inputSize: 4, hiddenSize: 8, engine });
 * console.log(engine.bytesInUse > 0); // true
 * lstm.dispose();
 * console.log(engine.bytesInUse); // 0
 * ```
 */
export class Engine {
  /** The kernel exports. */
  readonly kernels: Kernels;
  /**
   * Whether int8 weights are multiplied as bytes, with inputs rounded to 14 bits instead of 16: in the relaxed build, where the
   * host has one instruction for it. Asked once; all that the engine holds is laid out accordingly.
   */
  readonly byteDots: boolean;
  /** Wasm memory as floats. Re-made when memory grows, so read it again after anything that allocates; never keep it. */
  f32: Float32Array<ArrayBuffer>;
  /** The same as integers. */
  i32: Int32Array<ArrayBuffer>;
  private readonly arena = new Arena();
  /** Frees the slabs of owners that were dropped without `dispose()`. A net, not a plan: collection may never come. */
  private readonly net = makeNet();

  /**
   * @param source the kernels, as bytes (compiled synchronously) or as a compiled module
   * @param instantiate how to make the exports; the plain `WebAssembly.Instance` unless told otherwise
   * @param companions see `Companions`
   * @throws {WebAssembly.CompileError} if the bytes are no wasm module or the host lacks the SIMD they use
   */
  constructor(
    source: KernelSource,
    instantiate: Instantiate = instantiateRaw,
    /** @internal */ readonly companions: Companions = {},
  ) {
    this.kernels = instantiate(source, this.arena.memory);
    this.byteDots = this.kernels.hasByteDots() === 1;
    this.f32 = new Float32Array(this.arena.memory.buffer);
    this.i32 = new Int32Array(this.arena.memory.buffer);
  }

  /** Which build runs. */
  get simd(): Simd {
    return this.kernels.isRelaxed() ? 'relaxed' : 'baseline';
  }

  /** Bytes of wasm memory that layers and streams hold now. */
  get bytesInUse(): number {
    return this.arena.bytesInUse;
  }

  /** The memory the kernels work in. Only the engine may grow it. */
  get memory(): WebAssembly.Memory {
    return this.arena.memory;
  }

  /**
   * Opens an account of slabs for an owner, closed by `release()` or, failing that, when the owner is collected.
   *
   * @param owner whose lifetime the slabs follow
   * @param who the beginning of error messages
   */
  slabsFor(owner: object, who: string): Slabs {
    const slabs = new Slabs(this, this.arena, who, () => this.net?.unregister(slabs));
    this.net?.register(owner, slabs, slabs);
    return slabs;
  }
}

/** The slabs of one owner. */
export class Slabs {
  private held: Slab[] = [];
  private closed = false;

  constructor(
    private readonly engine: Engine,
    private readonly arena: Arena,
    private readonly who: string,
    private readonly released: () => void,
  ) {}

  /**
   * Takes a slab of zeros. Memory may grow.
   *
   * @param floats at least 1
   * @returns its address
   * @throws {RangeError} if memory cannot hold it
   * @throws {Error} after `release()`: nobody would give the slab back
   */
  allocate(floats: number): number {
    return this.take(floats).address;
  }

  /** As `allocate`, in exchange for a slab taken before, which is given back only when the new one is there. */
  replace(old: number, floats: number): number {
    const { address } = this.take(floats);
    const index = this.held.findIndex((slab) => slab.address === old);
    if (index >= 0) this.arena.release(this.held.splice(index, 1)[0]);
    return address;
  }

  /** Gives everything back. The account is closed. */
  release(): void {
    this.closed = true;
    for (const slab of this.held) this.arena.release(slab);
    this.held = [];
    this.released();
  }

  private take(floats: number): Slab {
    if (this.closed) throw disposedError(this.who, 'owner of memory');
    const slab = this.arena.allocate(floats * 4, this.who);
    this.held.push(slab);
    const { buffer } = this.arena.memory;
    if (this.engine.f32.buffer !== buffer) {
      this.engine.f32 = new Float32Array(buffer);
      this.engine.i32 = new Int32Array(buffer);
    }
    // The rest would be touched for nothing: the system gives pages of a large slab when they are first written to.
    this.engine.f32.fill(0, slab.address / 4, (slab.address + slab.usedBytes) / 4);
    return slab;
  }
}

/** A host may lack it, as Cloudflare's workers did before 2025: then memory is given back by `dispose()` alone. */
function makeNet(): FinalizationRegistry<Slabs> | undefined {
  if (typeof FinalizationRegistry === 'undefined') return undefined;
  return new FinalizationRegistry((slabs) => slabs.release());
}

function instantiateRaw(source: KernelSource, memory: WebAssembly.Memory): Kernels {
  return instantiateKernels(source, memory) as unknown as Kernels;
}
