import type { Engine, Slabs } from '../engine/engine.js';
import type { SpectraKernels } from './abi.js';
import { spectraKernels } from './kernels.js';
import { frameRoom, frameTables, hasFrameTransform, transformRoom, transformTable } from './tables.js';

/**
 * The real Fourier transform of single frames of one size, and its inverse, in the memory of an engine. A spectrum is size / 2 + 1
 * bins (rounded down), real and imaginary part in turn. Allocates nothing after construction.
 */
export class FrameTransform {
  readonly bins: number;
  private readonly slabs: Slabs;
  private readonly kernels: SpectraKernels;
  /** Whether the size has a transform for one frame; others are run as one frame of a batch. */
  private readonly alone: boolean;
  private readonly samples: MemoryView;
  private readonly spectrum: MemoryView;
  private readonly window: number;
  private readonly table: number;
  private readonly turns: number;
  private readonly work: number;

  /**
   * @param size one that `hasFastTransform`
   * @param window that frames are multiplied by: before the transform, and after the inverse
   * @param who the beginning of error messages
   * @throws {RangeError} if memory cannot hold it
   */
  constructor(
    private readonly engine: Engine,
    readonly size: number,
    window: Float32Array | undefined,
    who: string,
  ) {
    this.bins = Math.floor(size / 2) + 1;
    this.alone = hasFrameTransform(size);
    this.kernels = spectraKernels(engine);
    this.slabs = engine.slabsFor(this, who);
    const place = (values: Float32Array | undefined) => {
      if (!values?.length) return 0;
      const address = this.slabs.allocate(values.length);
      engine.f32.set(values, address / 4);
      return address;
    };
    try {
      const tables = this.alone ? frameTables(size) : { table: transformTable(size), turns: undefined };
      this.table = place(tables.table);
      this.turns = place(tables.turns);
      this.window = place(window);
      this.work = this.slabs.allocate(this.alone ? frameRoom(size) : transformRoom(size));
      this.samples = new MemoryView(engine, this.slabs.allocate(size), size);
      this.spectrum = new MemoryView(engine, this.slabs.allocate(2 * this.bins), 2 * this.bins);
    } catch (error) {
      this.slabs.release();
      throw error;
    }
  }

  /** The spectrum of `frame`, which is multiplied by the window. */
  forward(frame: Float32Array, spectrum: Float32Array): void {
    const { size, bins, window, table, work, samples } = this;
    samples.array.set(frame);
    const [x, out] = [samples.address, this.spectrum.address];
    if (this.alone) {
      this.kernels.frameFft(out, x, window, table, this.turns, work, size);
      spectrum.set(this.spectrum.array);
      return;
    }
    this.kernels.realFft(out, x, window, table, work, size, bins, 1, size, 2 * bins, 1, 1);
    const { array } = this.spectrum;
    for (let k = 0; k < bins; k++) {
      spectrum[2 * k] = array[k];
      spectrum[2 * k + 1] = array[bins + k];
    }
  }

  /** The frame of `spectrum`, multiplied by the window. */
  inverse(spectrum: Float32Array, frame: Float32Array): void {
    const { size, bins, window, table, work } = this;
    const { array } = this.spectrum;
    const [x, out] = [this.spectrum.address, this.samples.address];
    if (this.alone) {
      array.set(spectrum);
      this.kernels.inverseFrameFft(out, x, window, table, this.turns, work, size);
      frame.set(this.samples.array);
      return;
    }
    for (let k = 0; k < bins; k++) {
      array[k] = spectrum[2 * k];
      array[bins + k] = spectrum[2 * k + 1];
    }
    this.kernels.inverseRealFft(out, x, table, work, size, 1, size, 2 * bins, 1);
    frame.set(this.samples.array);
    if (!window) return;
    const { f32 } = this.engine;
    for (let n = 0; n < size; n++) frame[n] *= f32[window / 4 + n];
  }

  /** Gives the memory back. */
  release(): void {
    this.slabs.release();
  }
}

/** Floats at a place of an engine's memory, as an array that is made anew only where memory has grown. */
class MemoryView {
  private known: Float32Array | undefined;
  private view: Float32Array | undefined;

  constructor(
    private readonly engine: Engine,
    readonly address: number,
    private readonly size: number,
  ) {}

  get array(): Float32Array {
    const { f32 } = this.engine;
    if (this.view === undefined || this.known !== f32) {
      this.known = f32;
      this.view = f32.subarray(this.address / 4, this.address / 4 + this.size);
    }
    return this.view;
  }
}
