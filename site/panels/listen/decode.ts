/** A recording, decoded by the browser. */
export interface Recording {
  readonly name: string;
  readonly buffer: AudioBuffer;
}

/** A larger file is refused before it is read: decoded it takes many times its size. */
export const MOST_BYTES = 1e8;

/** @throws {Error} that says what was wrong with the bytes and what is taken instead */
export async function decode(name: string, bytes: ArrayBuffer): Promise<Recording> {
  if (bytes.byteLength === 0) throw new Error(`${name} is empty.`);
  const kind = kindOf(new Uint8Array(bytes));
  // A context of the file's own rate hands out its samples as they are.
  const context = new OfflineAudioContext(1, 1, wavRate(bytes) ?? 48_000);
  let buffer: AudioBuffer;
  try {
    buffer = await context.decodeAudioData(bytes);
  } catch {
    throw new Error(
      `${name} ${kind ? `is ${kind}` : 'holds no sound that this browser decodes'}. It plays WAV, MP3, FLAC and Ogg, and most browsers AAC.`,
    );
  }
  if (buffer.length === 0) throw new Error(`${name} holds no samples.`);
  return { name, buffer };
}

/** What a file is that is dropped here by mistake, by its first bytes. */
function kindOf(bytes: Uint8Array): string | undefined {
  const starts = (...values: number[]) => values.every((value, i) => bytes[i] === value);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'a PNG picture';
  if (starts(0xff, 0xd8, 0xff)) return 'a JPEG picture';
  if (starts(0x25, 0x50, 0x44, 0x46)) return 'a PDF';
  if (starts(0x50, 0x4b)) return 'a ZIP archive';
  if (starts(0x7b)) return 'JSON; an amplifier goes below';
  if (starts(0x52, 0x49, 0x46, 0x46)) return 'a RIFF file that is damaged, or in a coding this browser does not know';
  return undefined;
}

/** Samples a second of a WAV file, where a context can have that rate. */
function wavRate(bytes: ArrayBuffer): number | undefined {
  const view = new DataView(bytes);
  const tag = (at: number) => (at + 4 <= view.byteLength ? view.getUint32(at) : 0);
  if (tag(0) !== 0x52494646 || tag(8) !== 0x57415645) return undefined;
  for (let at = 12; at + 16 <= view.byteLength; at += 8 + view.getUint32(at + 4, true)) {
    if (tag(at) !== 0x666d7420) continue;
    const rate = view.getUint32(at + 12, true);
    return rate >= 8000 && rate <= 96_000 ? rate : undefined;
  }
  return undefined;
}
