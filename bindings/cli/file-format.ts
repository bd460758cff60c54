import { extname } from 'node:path';

/** The formats that can be told apart. */
export type FileFormat = 'safetensors' | 'onnx' | 'keras' | 'tfjs';

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Field 1 of a ModelProto, a varint: the IR version, which every writer puts first. */
const ONNX = [0x08];
/** The end of a safetensors header's length: none is longer than 100 MB, so these bytes are zeros. */
const LENGTH_END = [0, 0, 0, 0, 0x7b];

/** How much of a file its format is told by. */
export const BEGINNING_BYTES = 64;

/**
 * Tells a file's format by how it begins, and by its name only where that says nothing.
 *
 * @param bytes its first `BEGINNING_BYTES`, or all of a shorter one
 */
export function fileFormat(path: string, bytes: Uint8Array): FileFormat {
  if (begins(bytes, ZIP) || begins(bytes, HDF5)) return 'keras';
  if (begins(bytes.subarray(4), LENGTH_END)) return 'safetensors';
  if (/^\ufeff?\s*\{/.test(new TextDecoder().decode(bytes))) return 'tfjs';
  if (extname(path).toLowerCase() === '.onnx' || (begins(bytes, ONNX) && !path.endsWith('.safetensors'))) return 'onnx';
  return 'safetensors';
}

function begins(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, i) => bytes[i] === byte);
}
