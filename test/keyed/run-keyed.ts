/** What a worker does, on any log. */
import { afterAll, describe, expect, it } from 'vitest';
import { Embedding, GRU, Linear, LSTM, Sequential } from '../../bindings/index.js';
import {
  type Log,
  type LogResult,
  type OldState,
  type RunKeyedOptions,
  readState,
  replay,
  runKeyed,
} from '../../bindings/keyed/index.js';
import type { Harness } from './contract.js';
import { expectedOutputs, makeEvents, until } from './support/events.js';

const floats = (value: Uint8Array) => new Float32Array(value.slice().buffer);
const input = (...x: number[]) => new Uint8Array(new Float32Array(x).buffer);

async function resultsOf(log: Log): Promise<Map<string, (LogResult & { position: string })[]>> {
  const byKey = new Map<string, (LogResult & { position: string })[]>();
  for (let p = 0; p < (await log.partitions()); p++) {
    const history = await log.history(p);
    for (const result of await history.results('0-0', 1_000_000)) {
      if (!byKey.has(result.key)) byKey.set(result.key, []);
      byKey.get(result.key)?.push(result);
    }
  }
  return byKey;
}

async function deadOf(log: Log) {
  const all = [];
  for (let p = 0; p < (await log.partitions()); p++) all.push(...(await (await log.history(p)).dead('0-0', 1000)));
  return all;
}

async function drained(log: Log): Promise<void> {
  await until(async () => (await log.status()).partitions.every(({ lag }) => lag === 0), 20_000);
}

export function workerTests(name: string, { open, lease, close }: Harness): void {
  describe(`runKeyed on ${name}`, () => {
    const opened: Log[] = [];
    const fresh = async (partitions: number, options?: { retain?: boolean }) => {
      const both = await open(partitions, options);
      opened.push(both.log, both.again);
      return both;
    };
    afterAll(async () => {
      for (const log of opened) await log.close();
      await close?.();
    });
    const start = (log: Log, options: Omit<RunKeyedOptions, 'log'>) => {
      const stop = new AbortController();
      const worker = runKeyed({ lease, log, signal: stop.signal, ...options });
      const end = async () => {
        stop.abort();
        await worker.done;
      };
      return { ...worker, stop, end };
    };

    const gru = () => new GRU({ inputSize: 3, hiddenSize: 8, seed: 1 } as never);
    const deep = () =>
      new Sequential([
        new LSTM({ inputSize: 3, hiddenSize: 6, numLayers: 2, seed: 2 } as never),
        new Linear({ inFeatures: 6, outFeatures: 2, seed: 3 } as never),
      ]);

    it.each([
      ['a layer', gru, 4096],
      ['a Sequential', deep, 4096],
      ['a layer with fewer lanes than keys', gru, 7],
    ])('gives the bits of one process: %s', async (_, make, lanes) => {
      const model = make();
      const { log, again } = await fresh(4);
      const events = makeEvents(3000, 200, 3, 42);
      const producer = await log.producer();
      const first = start(log, { model, lanes });
      await producer.send(events.slice(0, 1000));
      const second = start(again, { model, lanes });
      await producer.send(events.slice(1000));
      await drained(log);
      await Promise.all([first.end(), second.end()]);
      const results = await resultsOf(log);
      const expected = expectedOutputs(model, events);
      expect([...results.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [key, outputs] of expected) {
        expect(results.get(key)?.map(({ value }) => floats(value))).toEqual(outputs);
      }
      expect(first.metrics.events + second.metrics.events).toBe(events.length);
      if (lanes < 200) expect(first.metrics.spilled + second.metrics.spilled).toBeGreaterThan(0);
    });

    it('sets events aside that it cannot use, and goes on with their keys', async () => {
      const model = gru();
      const { log } = await fresh(1);
      const producer = await log.producer();
      const good = (i: number) => ({ key: 'k', value: input(i, 0, 1) });
      await producer.send([
        good(1),
        { key: 'k', value: input(1, 2) },
        { key: 'k', value: input(1, Number.NaN, 2) },
        good(2),
        { key: 'k', value: new Uint8Array(10 << 20) },
        { key: 'k', value: new Uint8Array(7) },
        { key: 'no key', value: input(0, 0, 0) },
        { key: 'throws', value: input(0, 0, 0) },
        { key: 'decode throws', value: input(0, 0, 0) },
        good(3),
      ]);
      const worker = start(log, {
        model,
        encode: (event) => {
          if (event.key === 'throws') throw new Error('odd');
          if (event.value.length % 4) return { x: [] };
          return { key: event.key === 'no key' ? '' : event.key, x: floats(event.value) };
        },
        decode: (y, { key }) => {
          if (key === 'decode throws') throw new Error('later');
          return y;
        },
      });
      await drained(log);
      await worker.end();
      const reasons = (await deadOf(log)).map(({ reason, value }) => [reason, value.length]);
      expect(reasons).toEqual([
        ['got 2 numbers, expected 3', 8],
        ['got NaN as number 1, expected a finite one', 12],
        ['got 10485760 bytes, expected at most 1048576', 10 << 20],
        ['got 0 numbers, expected 3', 7],
        ['got key "", expected some text', 12],
        ['encode: odd', 12],
        ['decode: later', 12],
      ]);
      const expected = expectedOutputs(
        model,
        [1, 2, 3].map((i) => ({ ...good(i), sequence: i })),
      ).get('k');
      expect((await resultsOf(log)).get('k')?.map(({ value }) => floats(value))).toEqual(expected);
      expect(worker.metrics).toMatchObject({ events: 10, results: 3, dead: 7 });
    });

    it('sets aside what the model refuses, and stops over what is no fault of an event', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      await producer.send([1, 9, 2].map((i) => ({ key: `k${i}`, value: input(i) })));
      const model = new Sequential([
        new Embedding({ numEmbeddings: 5, embeddingDim: 3 }),
        new GRU({ inputSize: 3, hiddenSize: 4 }),
      ]);
      const worker = start(log, { model });
      await drained(log);
      await worker.end();
      expect([...(await resultsOf(log)).keys()].sort()).toEqual(['k1', 'k2']);
      expect((await deadOf(log)).map(({ key, reason }) => [key, reason])).toEqual([
        ['k9', expect.stringContaining('got 9')],
      ]);
      await producer.send([{ key: 'k1', value: input(1) }]);
      const broken = {
        stream: (options: { batch: number }) => {
          const stream = model.stream(options);
          return Object.assign(Object.create(stream), {
            step: () => {
              throw new Error('broken');
            },
          });
        },
      };
      await expect(start(log, { model: broken }).done).rejects.toThrow('broken');
      expect((await log.status()).partitions[0].lag).toBe(1);
    });

    it('begins a key anew when it slept too long, and forgets it', async () => {
      const model = gru();
      const { log } = await fresh(1);
      const producer = await log.producer();
      const event = (key: string) => ({ key, value: input(1, 2, 3) });
      const worker = start(log, { model, ttl: 60 });
      await producer.send([event('a'), event('a'), event('b')]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await producer.send([event('a')]);
      await drained(log);
      await until(async () => {
        await producer.send([event('a')]);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return (await log.status()).partitions[0].keys === 1;
      });
      await worker.end();
      const [one, two, anew] = (await resultsOf(log)).get('a') ?? [];
      expect(floats(anew.value)).toEqual(floats(one.value));
      expect(floats(two.value)).not.toEqual(floats(one.value));
    });

    it('asks what becomes of states of another version', async () => {
      const model = gru();
      const { log } = await fresh(1);
      const producer = await log.producer();
      const send = () => producer.send([{ key: 'k', value: input(1, 2, 3) }]);
      const run = async (options: Partial<RunKeyedOptions>) => {
        await send();
        const worker = start(log, { model, ...options });
        await Promise.race([drained(log), worker.done]);
        await worker.end();
        return floats((await resultsOf(log)).get('k')?.at(-1)?.value as Uint8Array);
      };
      const stream = model.stream();
      const x = new Float32Array([1, 2, 3]);
      const first = stream.step(x);
      const second = stream.step(x);
      expect(await run({ version: '1' })).toEqual(first);
      await expect(run({ version: '2' })).rejects.toMatchObject({ code: 'HIDDENSTATE_DATA' });
      expect(await run({ version: '3', states: 'keep' })).toEqual(stream.step(x));
      expect(await run({ version: '4', states: 'reset' })).toEqual(first);
      const asked: OldState[] = [];
      const states = (state: OldState) => {
        asked.push(state);
        return first;
      };
      // The event that version 2 refused was taken by version 3.
      expect(second).toBeDefined();
      expect(await run({ version: '5', states })).toEqual(second);
      expect(asked).toMatchObject([{ key: 'k', from: '4', to: '5', values: first }]);
    });

    it('refuses the states of a model of another shape', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      await producer.send([{ key: 'k', value: input(1, 2, 3) }]);
      const worker = start(log, { model: gru() });
      await drained(log);
      await worker.end();
      await producer.send([{ key: 'k', value: input(1, 2, 3) }]);
      const other = start(log, { model: new GRU({ inputSize: 3, hiddenSize: 5 }) });
      await expect(other.done).rejects.toThrow(/state of key "k": got 8 numbers, expected 5/);
    });

    it.each(['float16', 'int8'] as const)(
      'keeps states as %s with results that do not depend on when',
      async (stateFormat) => {
        const model = gru();
        const events = makeEvents(400, 20, 3, 7);
        const run = async (lanes: number, batch: number) => {
          const { log } = await fresh(2);
          await (await log.producer()).send(events);
          const worker = start(log, { model, stateFormat, lanes, batch });
          await drained(log);
          await worker.end();
          return resultsOf(log);
        };
        const one = await run(4096, 512);
        const other = await run(3, 5);
        const plain = expectedOutputs(model, events);
        let worst = 0;
        for (const [key, results] of one) {
          expect(other.get(key)?.map(({ value }) => floats(value))).toEqual(results.map(({ value }) => floats(value)));
          results.forEach(({ value }, i) => {
            floats(value).forEach((y, j) => {
              worst = Math.max(worst, Math.abs(y - (plain.get(key) as Float32Array[])[i][j]));
            });
          });
        }
        // Half a step of the format, carried on by the recurrence.
        expect(worst).toBeGreaterThan(0);
        expect(worst).toBeLessThan(stateFormat === 'float16' ? 2e-3 : 3e-2);
      },
    );

    it('stops within a second, with everything that was begun committed', async () => {
      const model = gru();
      const { log } = await fresh(2);
      const producer = await log.producer();
      const worker = start(log, { model });
      const sending = producer.send(makeEvents(5000, 100, 3, 3));
      await until(() => worker.metrics.events > 0);
      const began = performance.now();
      await worker.end();
      expect(performance.now() - began).toBeLessThan(1000);
      await sending;
      const { partitions } = await log.status();
      expect(partitions.every(({ owner }) => owner === undefined)).toBe(true);
      expect(partitions.reduce((sum, { events }) => sum + events, 0)).toBe(worker.metrics.events);
    });

    it('waits for readers when too many results are unread', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      const worker = start(log, { model: gru(), maxUnread: 50, batch: 10 });
      await producer.send(makeEvents(300, 10, 3, 3));
      await until(() => worker.metrics.events >= 50);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(worker.metrics.events).toBeLessThan(100);
      const stop = new AbortController();
      let read = 0;
      for await (const { results } of log.results({ group: 'g', limit: 7, signal: stop.signal })) {
        read += results.length;
        if (read === 300) stop.abort();
      }
      await worker.end();
      expect(worker.metrics.events).toBe(300);
    });

    it('computes a key again and finds the same bits, or says where they differ', async () => {
      const model = gru();
      const { log } = await fresh(2, { retain: true });
      const events = makeEvents(500, 20, 3, 11);
      await (await log.producer()).send(events);
      const worker = start(log, { model });
      await drained(log);
      await worker.end();
      const count = events.filter(({ key }) => key === 'key-1').length;
      expect(await replay({ log, model, key: 'key-1' })).toMatchObject({
        events: count,
        expected: count,
        complete: true,
        results: { compared: count, different: 0 },
        stateSame: true,
      });
      const other = await replay({
        log,
        model: new GRU({ inputSize: 3, hiddenSize: 8, seed: 9 } as never),
        key: 'key-1',
      });
      expect(other).toMatchObject({ complete: true, results: { different: count }, stateSame: false });
      await expect(replay({ log, model, key: 'nobody' })).rejects.toMatchObject({ code: 'HIDDENSTATE_DATA' });
      const short = await fresh(1);
      await (await short.log.producer()).send(
        Array.from({ length: 2000 }, () => ({ key: 'k', value: input(1, 2, 3) })),
      );
      const again = start(short.log, { model });
      await drained(short.log);
      await again.end();
      const cut = await replay({ log: short.log, model, key: 'k' });
      expect(cut).toMatchObject({ expected: 2000, complete: false, stateSame: false });
      expect(cut.events).toBeLessThan(2000);
    });

    it('has the states of its keys in a form that can be read', async () => {
      const model = gru();
      const { log } = await fresh(1);
      await (await log.producer()).send([{ key: 'k', value: input(1, 2, 3) }]);
      const worker = start(log, { model, version: 'v1' });
      await drained(log);
      await worker.end();
      const bytes = (await (await log.history(0)).state('k')) as Uint8Array;
      const stream = model.stream();
      stream.step(new Float32Array([1, 2, 3]));
      expect(readState(bytes, 'test')).toMatchObject({ version: 'v1', count: 1, values: stream.state.h.data });
    });
  });
}
