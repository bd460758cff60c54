import { HiddenstateError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { fetchFile } from '../fetch-file.js';

interface Files {
  readonly promises: { readFile(path: string | URL): Promise<Uint8Array> };
}

/** Node's own way to a built-in module that bundlers for browsers do not follow. */
interface Host {
  readonly process?: { getBuiltinModule?(name: 'node:fs'): Files | undefined };
}

const WHO = 'InferenceSession.create';

/**
 * Reads a model file as onnxruntime does: a URL anywhere, a path in Node.
 *
 * @throws {Error} if it cannot be read
 */
export async function readModelFile(place: string): Promise<Uint8Array> {
  const files = (globalThis as Host).process?.getBuiltinModule?.('node:fs');
  if (files && !/^(https?|data|blob):/i.test(place)) return readFrom(files, place);
  return fetchFile(place, WHO);
}

async function readFrom({ promises }: Files, place: string): Promise<Uint8Array> {
  try {
    return await promises.readFile(/^file:/i.test(place) ? new URL(place) : place);
  } catch (error) {
    throw new HiddenstateError(
      'FILE',
      `${WHO}: got ${describeValue(place)} that cannot be read (${(error as Error).message})`,
    );
  }
}
