/** The wire format, against the writer of @bufbuild/protobuf. */
import { BinaryWriter, WireType as Kind } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { WireReader, WireType } from '../../bindings/formats/onnx/wire.js';

const INTEGERS = [
  ...[0, 1, 127, 128, 16383, 16384, 2 ** 28 - 1, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35],
  ...[2 ** 42 + 1, 2 ** 49 - 1, 2 ** 52 + 3, Number.MAX_SAFE_INTEGER],
];

describe('the wire format', () => {
  it.each(INTEGERS)('reads %d as int64, its negative, as uint64, and its lower half', (value) => {
    const written = new BinaryWriter().int64(value).int64(-value).uint64(value).uint64(value).finish();
    const reader = new WireReader(written);
    expect(reader.int64()).toBe(value);
    expect(reader.int64() + 0).toBe(-value + 0);
    expect(reader.uint64()).toBe(value);
    expect(reader.uint32()).toBe(value % 2 ** 32);
    expect(reader.pos).toBe(written.length);
  });

  it('reads floats and doubles', () => {
    const reader = new WireReader(new BinaryWriter().float(0.5).double(Math.PI).float(-3e38).finish());
    expect([reader.float(), reader.double(), reader.float()]).toEqual([0.5, Math.PI, Math.fround(-3e38)]);
  });

  it('passes over groups within groups', () => {
    const writer = new BinaryWriter();
    for (let i = 0; i < 50_000; i++) writer.tag(3, Kind.StartGroup);
    writer.tag(1, Kind.Varint).int32(5).tag(2, Kind.Bit64).double(1).tag(4, Kind.Bit32).float(1);
    writer.tag(5, Kind.LengthDelimited).string('text');
    for (let i = 0; i < 50_001; i++) writer.tag(3, Kind.EndGroup);
    const bytes = writer.finish();
    const reader = new WireReader(bytes);
    reader.skip(WireType.StartGroup);
    expect(reader.pos).toBe(bytes.length);
  });

  it('refuses what ends early, has no end, or is of no kind', () => {
    const reading = (bytes: number[]) => new WireReader(Uint8Array.from(bytes));
    expect(() => reading([0x80]).uint32()).toThrow('premature EOF');
    expect(() => reading([1, 2, 3]).float()).toThrow('premature EOF');
    expect(() => reading([200, 1]).skip(WireType.LengthDelimited)).toThrow('premature EOF');
    expect(() => reading(new Array(11).fill(0xff)).uint64()).toThrow('invalid varint');
    expect(() => reading([]).skip(WireType.EndGroup)).toThrow('illegal wire type 4');
    expect(() => reading([6]).skip(WireType.StartGroup)).toThrow('illegal wire type 6');
    expect(() => reading([8]).skip(WireType.StartGroup)).toThrow('premature EOF');
  });
});
