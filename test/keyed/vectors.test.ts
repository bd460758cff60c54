import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { partitionOf, readState } from '../../bindings/keyed/index.js';
import { narrowFloat16 } from '../../bindings/keyed/narrow-float16.js';
import { writeRecord } from '../../bindings/keyed/state-record.js';

const { partitions, floats } = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));

it('puts keys into the partitions that other programs compute', () => {
  for (const [key, count, partition] of partitions)
    expect([key, count, partitionOf(key, count)]).toEqual([key, count, partition]);
});

it('rounds to float16 as NumPy does', () => {
  const bits = Uint32Array.from(floats, ([bits]: number[]) => bits);
  const bytes = narrowFloat16(new Float32Array(bits.buffer));
  expect([...new Uint16Array(bytes.buffer)]).toEqual(floats.map(([, half]: number[]) => half));
});

it.each(['float32', 'float16', 'int8'] as const)('reads the states that it wrote as %s', (format) => {
  for (const count of [1, 63, 64, 65, 128, 200]) {
    const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
    const record = { version: 'vé', count: 7, time: 1_796_069_482_802, values, rest: new Uint8Array([1, 2, 3]) };
    const bytes = writeRecord(record, format);
    const read = readState(bytes, 'test');
    expect({ ...read, values: read.values.length }).toEqual({ ...record, values: count });
    const most = format === 'float32' ? 0 : format === 'float16' ? 2 ** -12 : 0.5 / 127 + 1e-6;
    read.values.forEach((value, i) => {
      expect(Math.abs(value - values[i])).toBeLessThanOrEqual(most);
    });
  }
});

it('refuses bytes that are no state, whatever their length says', () => {
  const good = writeRecord(
    { version: 'v', count: 1, time: 2, values: new Float32Array(8), rest: new Uint8Array(3) },
    'float32',
  );
  for (let length = 0; length < good.length; length++) {
    const cut = good.subarray(0, length);
    try {
      expect(readState(cut, 'test').values.length).toBeLessThan(8);
    } catch (error) {
      expect(error).toMatchObject({ code: 'HIDDENSTATE_DATA' });
    }
  }
  const long = good.slice();
  long.fill(255, 13, 17);
  expect(() => readState(long, 'test')).toThrow(/got \d+ bytes that are no state/);
  expect(() => readState(Uint8Array.of(9, 0), 'test')).toThrow(/no state/);
});
