import { headSize, writeHead } from './state-record.js';

/** Records of float32 states of one model, in one piece of memory: a commit has hundreds of them. */
export class RecordBlock {
  /** All of the memory as floats: values are written in place. */
  readonly floats: Float32Array;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly head: number;
  private readonly first: number;
  private readonly size: number;
  private readonly stride: number;

  /**
   * @param values floats of a state
   * @param records how many there is room for
   */
  constructor(
    private readonly version: string,
    values: number,
    records: number,
  ) {
    this.head = headSize(version);
    this.size = this.head + 4 * values;
    // Floats begin at multiples of four bytes.
    this.first = -this.head & 3;
    this.stride = (this.size + 3) & ~3;
    const memory = new ArrayBuffer(this.first + records * this.stride);
    this.floats = new Float32Array(memory, 0, memory.byteLength >> 2);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
  }

  /** Where the values of a record begin in `floats`. */
  valuesAt(index: number): number {
    return (this.first + index * this.stride + this.head) >> 2;
  }

  /**
   * Finishes a record whose values are written.
   *
   * @returns the record, a view of the memory of all
   */
  finish(index: number, count: number, time: number): Uint8Array {
    const at = this.first + index * this.stride;
    writeHead(this.bytes, this.view, at, { version: this.version, count, time, restLength: 0 }, 'float32');
    return this.bytes.subarray(at, at + this.size);
  }
}
