/** Checkpoints: what is in one, what is refused, and that the one before survives whatever goes wrong. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngine, GRU, readSafetensors, writeSafetensors } from '../../bindings/index.js';
import type { Batches } from '../../bindings/train/data/batches.js';
import { lanes } from '../../bindings/train/data/windows.js';
import { fit } from '../../bindings/train/fit/fit.js';
import type { FitOptions } from '../../bindings/train/fit/options.js';
import { mse } from '../../bindings/train/losses/regression.js';
import { Adam } from '../../bindings/train/optimizers/adam.js';
import { reduceLROnPlateau } from '../../bindings/train/schedules/reduce-on-plateau.js';
import { Tape } from '../../bindings/train/tape/tape.js';
import { checkpointFile } from '../../bindings/train-node.js';
import { temporaryFolder } from '../package/pack.js';

/** Bytes a disk has left; writes past them fail as on a full one. */
const disk = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return {
    ...fs,
    writeSync(file: number, bytes: Uint8Array, at: number) {
      if (disk.left <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const count = Math.min(bytes.length - at, disk.left, 1000);
      disk.left -= count;
      return fs.writeSync(file, bytes, at, count);
    },
  };
});

const engine = createEngine();
const data: Batches = lanes(
  { data: new Float32Array(120).map((_, i) => Math.sin(i)), dims: [60, 2] },
  { steps: 5, batch: 2 },
);

function make(hiddenSize = 2): GRU {
  return new GRU({ inputSize: 2, hiddenSize, seed: 1, engine });
}

async function train(options: Partial<FitOptions> = {}, model = make()): Promise<void> {
  try {
    await fit(model, data, { loss: mse(), epochs: 2, ...options });
  } finally {
    model.dispose();
  }
}

async function checkpoint(options: Partial<FitOptions> = {}): Promise<Uint8Array> {
  const kept: Uint8Array[] = [];
  await train({ ...options, checkpoint: { every: 3, save: (bytes) => void kept.push(bytes) } });
  return kept[0];
}

describe('checkpointFile', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  beforeEach(() => {
    disk.left = Number.POSITIVE_INFINITY;
  });

  it('keeps the latest one, whole', async () => {
    const file = checkpointFile(join(folder.path, 'run.checkpoint'));
    expect(file.load()).toBeUndefined();
    const kept: Uint8Array[] = [];
    await train({
      checkpoint: {
        save: (bytes) => {
          kept.push(bytes);
          file.save(bytes);
        },
      },
    });
    expect(kept.length).toBe(2);
    expect(Buffer.compare(file.load() as Uint8Array, kept[1])).toBe(0);
    expect(readdirSync(folder.path)).toEqual(['run.checkpoint']);
  });

  it('keeps the one before when the disk is full, and the fit says so', async () => {
    const path = join(folder.path, 'full.checkpoint');
    const file = checkpointFile(path);
    file.save(await checkpoint());
    const before = Buffer.from(file.load() as Uint8Array);
    disk.left = 1500;
    const run = train({ checkpoint: file });
    await expect(run).rejects.toThrow(`checkpointFile: cannot write ${path}: ENOSPC: no space left on device`);
    expect(Buffer.compare(file.load() as Uint8Array, before)).toBe(0);
    expect(readdirSync(folder.path)).not.toContain('full.checkpoint.partial');
    await train({ resume: file.load() });
  });

  it('says what cannot be', () => {
    expect(() => checkpointFile('')).toThrow('checkpointFile: path: got "", expected the name of a file');
    expect(() => checkpointFile(folder.path).load()).toThrow(/cannot read .*EISDIR/);
    expect(() => checkpointFile(join(folder.path, 'none/there')).save(new Uint8Array(1))).toThrow(
      /cannot write .*ENOENT/,
    );
  });
});

describe('fit', () => {
  it('goes on from a checkpoint only with the model it was made of, and takes no memory otherwise', async () => {
    const good = await checkpoint({ schedule: reduceLROnPlateau() });
    await train({ resume: good, schedule: reduceLROnPlateau() });
    const before = engine.bytesInUse;
    const { tensors, metadata } = readSafetensors(good);
    const key = 'hiddenstate.checkpoint';
    const parsed = JSON.parse(metadata[key]);
    const withText = (text: string) => writeSafetensors(tensors, { [key]: text });
    const withPosition = (part: object) =>
      withText(JSON.stringify({ ...parsed, position: { ...parsed.position, ...part } }));
    const without = (name: string) => {
      const { [name]: _, ...rest } = tensors;
      return writeSafetensors(rest, metadata);
    };
    const more = (name: string, dims: number[]) =>
      writeSafetensors({ ...tensors, [name]: { data: new Float32Array(dims[0]), dims } }, metadata);
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(3), /readSafetensors: got a file of 3 bytes/],
      [good.slice(0, -1), /readSafetensors: /],
      ['{}' as unknown as Uint8Array, /expected a Uint8Array/],
      [writeSafetensors(tensors), /fit: resume: got a file without "hiddenstate.checkpoint" in its metadata/],
      [withText('{'), /got "\{", expected JSON/],
      [withText('null'), /got version undefined, expected 2/],
      [withText(JSON.stringify({ ...parsed, version: 1 })), /got version 1, expected 2/],
      [withText(JSON.stringify({ ...parsed, model: {} })), /got a checkpoint of "\{\}", expected one of/],
      [withPosition({ batch: -1 }), /expected the position of a fit/],
      [withPosition({ batch: 1e9 }), /got batch 1000000000, expected at most the 5 of the data/],
      [withPosition({ history: 'none' }), /expected the position of a fit/],
      [withPosition({ stale: 9 }), /expected the position of a fit/],
      [withPosition({ epoch: 1, history: [{ loss: 1 }] }), /expected the position of a fit/],
      [withPosition({ epoch: 1, history: [null] }), /expected the position of a fit/],
      [withPosition({ best: {} }), /expected the position of a fit/],
      [withPosition({ best: 5 }), /expected the position of a fit/],
      [withPosition({ best: { epoch: 0, loss: 1 } }), /expected the position of a fit/],
      [withPosition({ best: undefined }), /expected the position of a fit/],
      [withPosition({ usual: undefined }), /expected the position of a fit/],
      [
        withText(JSON.stringify({ ...parsed, schedule: undefined })),
        /schedule: got undefined, expected null or numbers/,
      ],
      [withText(JSON.stringify({ ...parsed, schedule: 5 })), /schedule: got 5, expected null or numbers by name/],
      [withText(JSON.stringify({ ...parsed, schedule: { bad: 'a' } })), /expected null or numbers by name/],
      [withText(JSON.stringify({ ...parsed, schedule: { best: null } })), /expected null or numbers by name/],
      [
        withText(JSON.stringify({ ...parsed, schedule: { bad: 1 } })),
        /got bad, expected bad, best, cooling, reductions/,
      ],
      [without('kept.weight_hh_l0'), /fit: resume: kept: weight_hh_l0: got no such tensor/],
      [withPosition({ sum: null }), /expected the position of a fit/],
      [without('weights.weight_hh_l0'), /fit: resume: weights: weight_hh_l0: got no such tensor/],
      [without('optimizer.step'), /Adam.loadStateDict: step: got no such tensor/],
      [more('weights.bias_l9', [1]), /fit: resume: weights: got unknown tensor "bias_l9"/],
      [more('optimizer.mean.weight_ih_l0', [2]), /got dims \[2\], expected \[6, 2\]/],
      [more('state.h', [3]), /state/],
    ];
    for (const [bytes, message] of cases) {
      const run = train({ resume: bytes, patience: 1, schedule: reduceLROnPlateau() });
      await expect(run).rejects.toThrow(message);
      expect(engine.bytesInUse).toBe(before);
    }
    await expect(train({ resume: good }, make(3))).rejects.toThrow('got a checkpoint of');
    expect(engine.bytesInUse).toBe(before);
  });

  it('refuses what does not fit before it begins', async () => {
    const calls: [Partial<FitOptions>, string][] = [
      [{ loss: undefined }, 'fit: loss: got undefined, expected a function'],
      [{ epochs: 0 }, 'fit: epochs: got 0, expected an integer from 1'],
      [{ clipNorm: 0 }, 'fit: clipNorm: got 0, expected a finite number above 0'],
      [{ clipValue: Number.NaN }, 'fit: clipValue: got NaN, expected a finite number above 0'],
      [{ seed: null } as never, 'fit: seed: got null, expected a finite number'],
      [{ dropout: 1 }, 'dropout: got 1, expected a finite number of at least 0 and less than 1'],
      [{ patience: -1 }, 'fit: patience: got -1, expected an integer from 0'],
      [{ validation: {} as never }, 'fit: validation: got Object, expected batches, as windows() and lanes() make'],
      [{ checkpoint: {} as never }, 'fit: checkpoint.save: got undefined, expected a function'],
      [{ schedule: { each: 'step' } as never }, 'fit: schedule.rate: got undefined, expected a function'],
      [{ optimiser: 1 } as never, 'fit: got option "optimiser", expected only loss, epochs, optimizer'],
    ];
    const before = engine.bytesInUse;
    for (const [options, message] of calls) {
      await expect(train(options)).rejects.toThrow(message);
      expect(engine.bytesInUse).toBe(before);
    }
  });

  it('keeps the best epoch of a later checkpoint in bounds', async () => {
    const kept: Uint8Array[] = [];
    await train({ checkpoint: { save: (bytes) => void kept.push(bytes) } });
    const { tensors, metadata } = readSafetensors(kept[0]);
    const key = 'hiddenstate.checkpoint';
    const parsed = JSON.parse(metadata[key]);
    for (const best of [{ epoch: 1, loss: 1 }, { epoch: 0.5, loss: 1 }, { epoch: 0, loss: null }, { loss: 1 }]) {
      const text = JSON.stringify({ ...parsed, position: { ...parsed.position, best } });
      const run = train({ resume: writeSafetensors(tensors, { [key]: text }) });
      await expect(run).rejects.toThrow('expected the position of a fit');
    }
    await train({ resume: kept[0] });
  });

  it('counts the steps of an optimiser exactly where float32 cannot', () => {
    using model = make();
    using tape = new Tape(model, { steps: 1, batch: 1 });
    using before = new Adam(tape.parameters);
    using after = new Adam(tape.parameters);
    for (const steps of [0, 5, 2 ** 24 + 1, 2 ** 40 + 12345]) {
      before.steps = steps;
      after.loadStateDict(before.stateDict());
      expect(after.steps).toBe(steps);
    }
    const dict = before.stateDict();
    for (const digits of [
      [0.5, 0],
      [0, -1],
      [0, 2 ** 24],
      [Number.NaN, 0],
    ]) {
      const step = { data: Float32Array.from(digits), dims: [2] };
      expect(() => after.loadStateDict({ ...dict, step })).toThrow('Adam.loadStateDict: step: got');
    }
  });

  it('rejects at once when it was aborted before, and passes on what a callback throws', async () => {
    const reason = new Error('enough');
    await expect(train({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const onProgress = () => {
      throw reason;
    };
    await expect(train({ onProgress })).rejects.toBe(reason);
  });

  it('lets the event loop turn', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await train({ epochs: 400 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
