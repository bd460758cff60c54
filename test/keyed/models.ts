/** Models of files behind a log: every key has what PyTorch and Keras give for its whole sequence at once. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { type Log, runKeyed } from '../../bindings/keyed/index.js';
import type { Harness } from './contract.js';
import { until } from './support/events.js';

const { events, onnx, keras } = JSON.parse(readFileSync(new URL('models.json', import.meta.url), 'utf8'));
const LOADERS = { onnx: loadOnnx, keras: loadKeras };
const GIVEN: Record<keyof typeof LOADERS, { model: string; outputs: Record<string, number[][]> }> = { onnx, keras };

export function modelTests(name: string, { open, lease, close }: Harness): void {
  describe(`models of files on ${name}`, () => {
    const opened: Log[] = [];
    afterAll(async () => {
      for (const log of opened) await log.close();
      await close?.();
    });

    // With three lanes the state of a key is spilled and read again between its events.
    it.each([
      ['onnx', 16],
      ['onnx', 3],
      ['keras', 16],
      ['keras', 3],
    ] as const)('%s with %i lanes', async (kind, lanes) => {
      const { model: bytes, outputs } = GIVEN[kind];
      using model = await LOADERS[kind](Buffer.from(bytes, 'base64'));
      const { log, again } = await open(2);
      opened.push(log, again);
      const stop = new AbortController();
      const worker = runKeyed({ model, log, lanes, lease, batch: 8, signal: stop.signal });
      const producer = await log.producer();
      await producer.send(
        events.map(([key, x]: [string, number[]]) => ({ key, value: new Uint8Array(Float32Array.from(x).buffer) })),
      );
      await until(async () => (await log.status()).partitions.every(({ lag }) => lag === 0));
      stop.abort();
      await worker.done;
      const got: Record<string, number[][]> = {};
      for (let p = 0; p < 2; p++) {
        for (const { key, value } of await (await log.history(p)).results('0-0', 1000)) {
          got[key] ??= [];
          got[key].push([...new Float32Array(value.slice().buffer)]);
        }
      }
      expect(Object.keys(got).sort()).toEqual(Object.keys(outputs).sort());
      for (const [key, rows] of Object.entries(outputs)) {
        expect(got[key].length).toBe(rows.length);
        rows.forEach((row, i) => {
          row.forEach((value, j) => {
            expect(Math.abs(got[key][i][j] - value)).toBeLessThan(1e-6);
          });
        });
      }
    });
  });
}
