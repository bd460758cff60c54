import { HiddenstateError, rangeError, typeError } from '../../../errors.js';
import { describeValue, elementCount } from '../../../tensor.js';
import { widenFloat16 } from '../../../weights/half-float.js';
import { Fields } from '../config/fields.js';
import type { StoredTensor } from './hdf5.js';

/** A weight of a file under its name. */
export interface NamedTensor extends StoredTensor {
  readonly name: string;
}

/** Elements as shards hold them, little-endian, by type. */
const READERS: Readonly<Record<string, { readonly bytes: number; read(view: DataView, at: number): number }>> = {
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  uint16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) },
};

/**
 * The paths of a manifest's shards, in order.
 *
 * @throws {RangeError} if a path comes twice: its bytes would be taken as often as the file likes
 */
export function shardPaths(manifest: readonly unknown[], who: string): string[] {
  const seen = new Set<string>();
  return manifest.flatMap((group, i) => {
    const paths = new Fields(group, `${who}: weightsManifest[${i}]`).list('paths');
    return paths.map((path) => {
      if (typeof path === 'string' && !seen.has(path)) {
        seen.add(path);
        return path;
      }
      if (typeof path === 'string') {
        throw rangeError(
          `${who}: weightsManifest[${i}]: got path ${describeValue(path)} twice, expected each shard once`,
        );
      }
      throw typeError(`${who}: weightsManifest[${i}]: got path ${describeValue(path)}, expected a string`);
    });
  });
}

/**
 * Reads the weights of a TensorFlow.js manifest: each group's shards are one run of bytes.
 *
 * @param shards bytes by path
 * @throws {Error} if a shard is not there
 * @throws {RangeError} if shards hold fewer or more bytes than the weights take
 */
export function readManifest(
  manifest: readonly unknown[],
  shards: Readonly<Record<string, Uint8Array | ArrayBuffer>>,
  who: string,
): NamedTensor[] {
  shardPaths(manifest, who);
  return manifest.flatMap((group, i) => {
    const label = `${who}: weightsManifest[${i}]`;
    const bytes = joined(shardPaths([group], who), shards, who);
    const weights = new Fields(group, label).list('weights');
    let at = 0;
    const tensors = weights.map((entry, k) => {
      const { tensor, end } = readWeight(new Fields(entry, `${label}: weights[${k}]`), bytes, at);
      at = end;
      return tensor;
    });
    if (at === bytes.length) return tensors;
    throw rangeError(`${label}: got shards of ${bytes.length} bytes, expected ${at}, what its weights take`);
  });
}

function joined(
  paths: readonly string[],
  shards: Readonly<Record<string, Uint8Array | ArrayBuffer>>,
  who: string,
): Uint8Array {
  const parts = paths.map((path) => {
    const shard = Object.hasOwn(shards, path) ? shards[path] : undefined;
    if (ArrayBuffer.isView(shard)) return new Uint8Array(shard.buffer, shard.byteOffset, shard.byteLength);
    if (Object.prototype.toString.call(shard) === '[object ArrayBuffer]') return new Uint8Array(shard as ArrayBuffer);
    throw new HiddenstateError(
      'FILE',
      `${who}: shards: got ${describeValue(shard)} for ${describeValue(path)}, expected its bytes`,
    );
  });
  if (parts.length === 1) return parts[0];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function readWeight(fields: Fields, bytes: Uint8Array, at: number): { tensor: NamedTensor; end: number } {
  const name = fields.string('name');
  const dims = fields.list('shape') as number[];
  const count = elementCount(dims, `${fields.who} ${describeValue(name)}`);
  const quantization = fields.has('quantization') ? fields.object('quantization') : undefined;
  const stored = (quantization ?? fields).string('dtype');
  const half = quantization !== undefined && stored === 'float16';
  if (!half && !Object.hasOwn(READERS, stored)) {
    throw rangeError(
      `${fields.who}: got dtype ${describeValue(stored)}, expected float32, int32, bool or a quantised one`,
    );
  }
  const size = count * (half ? 2 : READERS[stored].bytes);
  if (size > bytes.length - at) {
    throw rangeError(
      `${fields.who} ${describeValue(name)}: got ${bytes.length - at} bytes left in its shards, expected ${size}`,
    );
  }
  const own = bytes.subarray(at, at + size);
  const data = half ? widenFloat16(own) : decode(own, stored, count, quantization);
  return { tensor: { name, dims, data }, end: at + size };
}

/** value · scale + min where quantised. */
function decode(bytes: Uint8Array, stored: string, count: number, quantization: Fields | undefined): Float32Array {
  const { bytes: width, read } = READERS[stored];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scale = quantization ? quantization.number('scale') : 1;
  const least = quantization ? quantization.number('min') : 0;
  return Float32Array.from({ length: count }, (_, i) => read(view, i * width) * scale + least);
}
