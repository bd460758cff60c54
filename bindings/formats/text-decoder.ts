import { decodeUtf8 } from './utf8.js';

/** What of a `TextDecoder` is used. */
interface Decoder {
  decode(bytes?: Uint8Array | ArrayBuffer): string;
}

/** UTF-8 only, of which ASCII is a part: the encodings of the files that are read. */
class PortableTextDecoder implements Decoder {
  decode(bytes: Uint8Array | ArrayBuffer = new Uint8Array()): string {
    return decodeUtf8(ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes));
  }
}

/** The host's `TextDecoder`; where there is none (an AudioWorklet, jsdom), one of our own. */
export const TextDecoder: new (encoding?: string) => Decoder =
  (globalThis as { TextDecoder?: new (encoding?: string) => Decoder }).TextDecoder ?? PortableTextDecoder;
