/** Small files that once hung, took gigabytes, or loaded other numbers than they hold. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readArchive } from '../../bindings/formats/archive/archive.js';
import { crc32 } from '../../bindings/formats/archive/crc32.js';
import { Hdf5File } from '../../bindings/formats/keras/files/hdf5.js';
import { describeKeras, loadKeras } from '../../bindings/formats/keras/index.js';
import { createEngine } from '../../bindings/index.js';
import { bytesOf, caseNamed, tfjsFiles } from './cases.js';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`hostile/${name}`, import.meta.url)));
const engine = createEngine();
/** Also of a machine that does other things. */
const LONG = { timeout: 240_000 };
const ENTRIES = ['config.json', 'metadata.json', 'model.weights.h5'];

/** What a reader says of a file: at once, with less memory than a few times its bytes. */
async function verdict(read: () => unknown): Promise<string> {
  const begin = process.cpuUsage();
  const before = process.memoryUsage().arrayBuffers;
  let said = 'read';
  try {
    await read();
  } catch (error) {
    said = (error as Error).message;
  }
  // Time of the processors: the clock counts what else the machine does.
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1000).toBeLessThan(1000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  return said;
}

it.each([
  ['zip64-entry-count.keras', /got a damaged zip archive \(/],
  ['crc-damaged.keras', /got a damaged zip archive \(.*CRC-32\)/],
  ['dims-past-32-bits.h5', /got dims \[\d+, 4294967298\], expected what the \d+ bytes of the array hold/],
  ['never-written-fill-half.h5', /got an array that was never written, expected its numbers/],
  // The attribute that lies is one that no model asks for.
  ['zero-byte-strings.h5', /^loadKeras: .*got a damaged HDF5 file \(elements of no bytes\)/],
])('%s is refused, or read without what lies, at once', async (name, message) => {
  expect(await verdict(() => loadKeras(fixture(name), { engine }))).toMatch(message);
});

it('what only the CRC-32 tells apart is told apart', async () => {
  expect(await verdict(async () => (await loadKeras(fixture('crc-good.keras'), { engine })).dispose())).toBe('read');
});

it('crc32 is that of zip archives', () => {
  expect(crc32(strToU8('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

describe('an archive', () => {
  const good = fixture('crc-good.keras');
  const whole = readArchive(good, ENTRIES, 'test');

  it('with any one bit flipped is refused or the same', () => {
    let [refused, same] = [0, 0];
    // All of them with FUZZ set: 162 224 refused, 720 the same.
    for (let bit = 0; bit < good.length * 8; bit += process.env.FUZZ ? 1 : 7) {
      const flipped = good.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      let entries: Map<string, Uint8Array>;
      try {
        entries = readArchive(flipped, ENTRIES, 'test');
      } catch {
        refused++;
        continue;
      }
      // An entry that is not found under its name leaves a model without it, which is refused as well.
      if (!entries.has('config.json') || !entries.has('model.weights.h5')) refused++;
      else {
        for (const [name, bytes] of whole) {
          const equal = Buffer.compare(entries.get(name) ?? new Uint8Array(0), bytes) === 0;
          if (!equal) expect.fail(`bit ${bit & 7} of byte ${bit >> 3}: another ${name}`);
        }
        same++;
      }
    }
    console.log(`one-bit flips of an archive: ${refused} refused, ${same} the same, 0 silently wrong`);
  });

  it(
    'that inflates to more than a hundred times its bytes is refused, unless maxBytes says otherwise',
    LONG,
    async () => {
      const parts = unzipSync(good);
      const bomb = zipSync({ ...parts, 'model.weights.h5': new Uint8Array(40_000_000) }, { level: 1 });
      expect(await verdict(() => loadKeras(bomb, { engine }))).toMatch(
        /^loadKeras: got an archive of \d+ bytes that inflates to 400\d+, expected at most \d+: give maxBytes/,
      );
      expect(await verdict(() => describeKeras(bomb))).toMatch(/^describeKeras: got an archive of/);
      const small = zipSync({ ...parts, 'model.weights.h5': new Uint8Array(20_000_000) }, { level: 1 });
      expect(await verdict(() => loadKeras(small, { engine, maxBytes: 2 ** 25 }))).toMatch(/got a damaged HDF5 file/);
      expect(await verdict(() => loadKeras(good, { engine, maxBytes: 1000 }))).toMatch(/expected at most 1000/);
      for (const maxBytes of [0, -1, 1.5, Number.NaN, '1' as never]) {
        expect(await verdict(() => loadKeras(good, { engine, maxBytes }))).toMatch(
          /^loadKeras: maxBytes: got .*, expected/,
        );
      }
    },
  );
});

describe('an HDF5 file', () => {
  const { files } = caseNamed('LSTM, Keras 2');
  const file = bytesOf(files.h5);
  const base = Buffer.from(file);

  /** Texts that an attribute refers to are in a global heap: every reference is pointed at one long text. */
  it('that refers to one long text thousands of times is refused', async () => {
    const length = 1 << 20;
    const heapAt = Math.ceil(file.length / 8) * 8;
    const bomb = Buffer.alloc(heapAt + 16 + 16 + length + 16);
    base.copy(bomb);
    bomb.write('GCOL', heapAt);
    bomb[heapAt + 4] = 1;
    bomb.writeBigUInt64LE(BigInt(bomb.length - heapAt), heapAt + 8);
    bomb.writeUInt16LE(1, heapAt + 16);
    bomb.writeBigUInt64LE(BigInt(length), heapAt + 24);
    bomb.fill(0x41, heapAt + 32, heapAt + 32 + length);
    bomb.writeBigUInt64LE(BigInt(bomb.length), 40);
    const reader = new Hdf5File(new Uint8Array(bomb), 'test');
    expect(reader.texts('model_weights', 'layer_names')?.length).toBeGreaterThan(0);
  });

  it('of which every byte in turn is 0, 255 or another is read or refused with our words, at once', LONG, () => {
    let slowest = 0;
    for (let at = 0; at < file.length; at++) {
      for (const value of [0, 255, file[at] ^ 1]) {
        const damaged = file.slice();
        damaged[at] = value;
        const begin = process.cpuUsage();
        try {
          const reader = new Hdf5File(damaged, 'test');
          reader.text('', 'model_config');
          for (const layer of reader.texts('model_weights', 'layer_names') ?? []) {
            for (const name of reader.texts(`model_weights/${layer}`, 'weight_names') ?? []) {
              reader.tensor(`model_weights/${layer}/${name}`);
            }
          }
        } catch (error) {
          const { message } = error as Error;
          if (!/^test: .*got .*, expected /s.test(message)) throw error;
        }
        const { user, system } = process.cpuUsage(begin);
        slowest = Math.max(slowest, (user + system) / 1000);
      }
    }
    expect(slowest).toBeLessThan(500);
  });
});

it('a manifest that names one shard thousands of times is refused', async () => {
  const { model, shards } = tfjsFiles(caseNamed('LSTM, Keras 2'));
  const { weightsManifest, ...rest } = JSON.parse(JSON.stringify(model));
  const path = weightsManifest[0].paths[0];
  const within = [{ ...weightsManifest[0], paths: new Array(20_000).fill(path) }];
  const across = new Array(20_000).fill(weightsManifest[0]);
  for (const manifest of [within, across]) {
    const files = { model: { ...rest, weightsManifest: manifest }, shards };
    expect(await verdict(() => loadKeras(files, { engine }))).toMatch(/got path ".*" twice, expected each shard once/);
  }
});

it('a server that sends without end is left', async () => {
  const server = createServer((_, response) => {
    const piece = Buffer.alloc(1 << 20);
    const send = () => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', send);
    };
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.keras`;
  await expect(loadKeras(url, { engine, maxBytes: 4e6 })).rejects.toThrow(
    /got more than 4000000 bytes, expected at most/,
  );
  server.closeAllConnections();
  server.close();
});
