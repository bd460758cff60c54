import type { Engine } from '../engine/engine.js';
import type { ViewName } from './dtype.js';

/**
 * The views of an engine's memory. Growth detaches them; `refresh` before a run makes those of the grown memory. A step
 * reads the view it needs off this object each time it runs and keeps none.
 */
export class Memory {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u32: Uint32Array;
  i16: Int16Array;
  u16: Uint16Array;
  i8: Int8Array;
  u8: Uint8Array;

  constructor(private readonly engine: Engine) {
    const { buffer } = engine.memory;
    this.f32 = engine.f32;
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }

  /** Makes the views anew where memory has grown. */
  refresh(): void {
    const { f32 } = this.engine;
    if (this.f32 === f32) return;
    const { buffer } = f32;
    this.f32 = f32;
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }

  /** Where an address lies in a view, in elements. */
  static index(address: number, view: ViewName): number {
    return address / ELEMENT_BYTES[view];
  }
}

const ELEMENT_BYTES: Readonly<Record<ViewName, number>> = {
  f32: 4,
  f64: 8,
  i32: 4,
  u32: 4,
  i16: 2,
  u16: 2,
  i8: 1,
  u8: 1,
};
