import { expect, it } from 'vitest';
import { GRU, LSTM, RNN, Sequential } from '../../bindings/index.js';
import { copyStateOf } from '../../bindings/keyed/lane-states.js';
import { RecordBlock } from '../../bindings/keyed/record-block.js';
import { StateCodec } from '../../bindings/keyed/state-codec.js';
import { readRecord, writeRecord } from '../../bindings/keyed/state-record.js';

const options = { inputSize: 3, hiddenSize: 5, seed: 1 };

const LAYERS = [
  ['RNN', () => new RNN(options)],
  ['GRU of two layers', () => new GRU({ ...options, numLayers: 2 })],
  ['LSTM of two layers', () => new LSTM({ ...options, numLayers: 2 })],
  ['LSTM with a projection', () => new LSTM({ ...options, projSize: 2 })],
] as const;

it.each(LAYERS)('copies the state of a lane of %s as stateOf gives it', (_, make) => {
  const stream = make().stream({ batch: 4 });
  const codec = new StateCodec(stream);
  for (let t = 0; t < 3; t++) stream.step(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + t)));
  const copy = copyStateOf(stream);
  for (const lane of [2, 0, 3]) {
    const row = new Float32Array(codec.size + 2).fill(9);
    copy?.(lane, row, 1);
    expect([...row]).toEqual([9, ...codec.flatten(stream.stateOf(lane)).values, 9]);
  }
});

it('leaves models of several modules to stateOf', () => {
  expect(copyStateOf(new Sequential([new GRU(options)]).stream({ batch: 2 }))).toBeUndefined();
});

it.each(['', 'v', 'v3', 'v34', 'v345', 'Größe'])('writes the bytes of writeRecord, version %j', (version) => {
  const records = [1, 2, 3].map((count) => ({
    version,
    count,
    time: 1.7e12 + count,
    values: Float32Array.of(count, -0, 0.1),
    rest: new Uint8Array(0),
  }));
  const block = new RecordBlock(version, 3, records.length);
  const written = records.map(({ values, count, time }, i) => {
    block.floats.set(values, block.valuesAt(i));
    return block.finish(i, count, time);
  });
  for (const [i, record] of records.entries()) {
    expect([...written[i]]).toEqual([...writeRecord(record, 'float32')]);
    expect(readRecord(written[i], 'test')).toEqual(record);
  }
});
