import { HiddenstateError, isOwnError } from '../../errors.js';
import { tagOf } from '../../tensor.js';
import { type ExternalBytes, NO_FILES } from './external-files.js';
import { readModel } from './read-model.js';

/**
 * Reads a model without loading it.
 *
 * @param external the files beside it; it must be whole unless given
 * @internal
 * @throws as `loadOnnx`, but for operators, which are not looked at
 */
export function readOnnx(bytes: Uint8Array, external: ExternalBytes = NO_FILES): ReturnType<typeof readModel> {
  return asOnnx(bytes, 'loadOnnx', (file, who) => readModel(file, who, external, true));
}

/** Gives the protobuf reader's own words, premature EOF and illegal tag, a beginning of ours. */
export function asOnnx<T>(bytes: Uint8Array, who: string, read: (bytes: Uint8Array, who: string) => T): T {
  try {
    return read(bytes, who);
  } catch (error) {
    if (isOwnError(error)) throw error;
    const { message } = error as Error;
    throw new HiddenstateError(
      'FILE',
      `${who}: got ${bytes.length} bytes that are no ONNX model (${message}), expected one`,
    );
  }
}

/** The bytes of a source that is bytes. */
export function givenBytes(source: unknown): Uint8Array | undefined {
  const tag = tagOf(source);
  if (tag === 'Uint8Array') return source as Uint8Array;
  return tag === 'ArrayBuffer' ? new Uint8Array(source as ArrayBuffer) : undefined;
}
