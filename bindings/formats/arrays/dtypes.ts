import { widenBfloat16, widenFloat16 } from '../../weights/half-float.js';

/** What the elements of an array in a file are, by the names that PyTorch and NumPy share. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';

/** The elements of a tensor: float16 and bfloat16 are widened to float32, bool is bytes 0 and 1. */
export type ElementData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

interface DtypeInfo {
  /** Bytes of an element in the file. */
  readonly size: number;
  /** Reads elements, little-endian; a view where the bytes lie as the array needs them. */
  readonly read: (bytes: Uint8Array) => ElementData;
}

type ViewOf = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ElementData;

/** Every element type that is read. */
export const DTYPES: Readonly<Record<ElementType, DtypeInfo>> = {
  float32: viewed(4, Float32Array),
  float64: viewed(8, Float64Array),
  float16: { size: 2, read: widenFloat16 },
  bfloat16: { size: 2, read: widenBfloat16 },
  int64: viewed(8, BigInt64Array),
  int32: viewed(4, Int32Array),
  int16: viewed(2, Int16Array),
  int8: viewed(1, Int8Array),
  uint8: viewed(1, Uint8Array),
  uint16: viewed(2, Uint16Array),
  uint32: viewed(4, Uint32Array),
  uint64: viewed(8, BigUint64Array),
  bool: viewed(1, Uint8Array),
};

/** Whether a name is that of an element type that is read. */
export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(DTYPES, name);
}

function viewed(size: number, View: ViewOf): DtypeInfo {
  return {
    size,
    read(bytes) {
      // A copy, which `slice` of a Buffer of Node is not.
      const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
      return new View(aligned.buffer, aligned.byteOffset, aligned.length / size);
    },
  };
}
