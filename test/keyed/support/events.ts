/** Events of many keys, and what one process makes of them: the truth that workers are compared with, bit for bit. */
import type { KeyedModel } from '../../../bindings/keyed/index.js';
import { type Random, seededRandom } from '../../../bindings/random.js';

export interface TestEvent {
  readonly key: string;
  readonly value: Uint8Array;
  readonly sequence: number;
}

/** Events whose keys are few and many at once: half of them come from a tenth of the keys. */
export function makeEvents(count: number, keys: number, inputSize: number, seed: number): TestEvent[] {
  const random: Random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const range = random() < 0.5 ? Math.ceil(keys / 10) : keys;
    const x = Float32Array.from({ length: inputSize }, () => random() * 2 - 1);
    return { key: `key-${Math.floor(random() * range)}`, value: new Uint8Array(x.buffer), sequence: i + 1 };
  });
}

/** The outputs of every key, in order, by streams of one process. */
export function expectedOutputs(model: KeyedModel, events: readonly TestEvent[]): Map<string, Float32Array[]> {
  const streams = new Map<string, ReturnType<KeyedModel['stream']>>();
  const outputs = new Map<string, Float32Array[]>();
  for (const { key, value } of events) {
    let stream = streams.get(key);
    if (!stream) {
      stream = model.stream({ batch: 1 });
      streams.set(key, stream);
      outputs.set(key, []);
    }
    outputs.get(key)?.push(stream.step(new Float32Array(value.slice().buffer)));
  }
  for (const stream of streams.values()) stream.dispose();
  return outputs;
}

export async function until(what: () => boolean | Promise<boolean>, milliseconds = 10_000): Promise<void> {
  for (const began = performance.now(); !(await what()); ) {
    if (performance.now() - began > milliseconds) throw new Error(`waited ${milliseconds} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
