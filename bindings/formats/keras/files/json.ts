import { HiddenstateError } from '../../../errors.js';
import { describeValue, tagOf } from '../../../tensor.js';
import { messageOf } from '../../archive/archive.js';
import { TextDecoder } from '../../text-decoder.js';

/**
 * JSON from text or bytes; anything else is taken as parsed already.
 *
 * @throws {Error} if the text is no JSON
 */
export function parseJson(source: unknown, who: string): unknown {
  const tag = tagOf(source);
  const bytes = tag === 'Uint8Array' || tag === 'ArrayBuffer';
  if (!bytes && typeof source !== 'string') return source;
  try {
    return JSON.parse(bytes ? new TextDecoder().decode(source as Uint8Array) : (source as string));
  } catch (error) {
    const shown = bytes ? describeValue(source) : 'text';
    throw new HiddenstateError(
      'FILE',
      `${who}: got ${shown} that is no JSON (${messageOf(error)}), expected a model's configuration`,
      {
        cause: error,
      },
    );
  }
}
