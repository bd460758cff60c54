/** Recordings to read, to hear and to drop on a page. */

/** @param channels of equal length @param floats whether samples are written as float32 instead of 16-bit integers */
export function wavOf(channels: readonly Float32Array[], rate: number, floats = false): Uint8Array {
  const width = floats ? 4 : 2;
  const count = channels[0].length;
  const bytes = Buffer.alloc(44 + count * channels.length * width);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(floats ? 3 : 1, 20);
  bytes.writeUInt16LE(channels.length, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * channels.length * width, 28);
  bytes.writeUInt16LE(channels.length * width, 32);
  bytes.writeUInt16LE(8 * width, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let i = 0; i < count; i++) {
    channels.forEach((channel, c) => {
      const at = 44 + (i * channels.length + c) * width;
      if (floats) bytes.writeFloatLE(channel[i], at);
      else bytes.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, channel[i]))), at);
    });
  }
  return bytes;
}
