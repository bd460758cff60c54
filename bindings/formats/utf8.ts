import { utf8CodePoint, utf8Size } from '../weights/safetensors-utf8.js';

/** UTF-8 to text, what is none to U+FFFD. A `TextDecoder` is what worklets do not have. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decode(bytes, '\ufffd') as string;
}

/** UTF-8 to text; `undefined` if a byte is none. A byte order mark is text as any other. */
export function strictUtf8(bytes: Uint8Array): string | undefined {
  return decode(bytes, undefined);
}

/** @param wrong what stands for a byte that is no UTF-8; without it there is no text then */
function decode(bytes: Uint8Array, wrong: string | undefined): string | undefined {
  // Piece by piece a string becomes a tree, which costs more than all the rest of reading a model.
  if (bytes.length <= LONG) {
    const text = String.fromCharCode.apply(null, bytes as unknown as number[]);
    if (!BEYOND_ASCII.test(text)) return text;
  }
  const letters: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const code = utf8CodePoint(bytes, at, bytes.length);
    const letter = code < 0 ? wrong : String.fromCodePoint(code);
    if (letter === undefined) return undefined;
    letters.push(letter);
    at += code < 0 ? 1 : utf8Size(code);
  }
  return letters.join('');
}

/** An expression and not a loop, which would be interpreted. */
const BEYOND_ASCII = /[\x80-\xff]/;

/** Bytes that are safe to pass as arguments. */
const LONG = 4096;
