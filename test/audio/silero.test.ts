/** The three Silero models as they are, over real speech with the state carried, against onnxruntime-web. */
import { basename } from 'node:path';
import * as ort from 'onnxruntime-web';
import { afterAll, describe, expect, test } from 'vitest';
import { Vad } from '../../bindings/audio/index.js';
import { ortSession } from '../onnx/onnxruntime.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { readSpeech, SPEECH } from '../vad/speech.js';
import { sileroBytes, VERSIONS, type Version } from './silero.js';

const zeros = (...dims: number[]) => new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims);

/** Probabilities by onnxruntime-web, chained as silero-vad (v5, v6) and vad-web (legacy) chain them. */
async function reference(version: Version, samples: Float32Array): Promise<number[]> {
  const session = await ortSession(sileroBytes(version));
  const [frameSize, contextSize] = version === 'legacy' ? [1536, 0] : [512, 64];
  const padded = new Float32Array(contextSize + Math.ceil(samples.length / frameSize) * frameSize);
  padded.set(samples, contextSize);
  const sr = new ort.Tensor('int64', [16_000n], []);
  let state: Record<string, ort.Tensor> =
    version === 'legacy' ? { h: zeros(2, 1, 64), c: zeros(2, 1, 64) } : { state: zeros(2, 1, 128) };
  const found: number[] = [];
  for (let at = 0; at + contextSize < padded.length; at += frameSize) {
    const frame = padded.slice(at, at + contextSize + frameSize);
    const { output, hn, cn, stateN } = await session.run({
      input: new ort.Tensor('float32', frame, [1, frame.length]),
      sr,
      ...state,
    });
    state = version === 'legacy' ? { h: hn, c: cn } : { state: stateN };
    found.push(output.data[0] as number);
  }
  await session.release();
  return found;
}

const expected = new Map<string, Promise<number[]>>();

function expectedOf(version: Version, path: string, samples: Float32Array): Promise<number[]> {
  const key = `${version} ${path}`;
  if (!expected.has(key)) expected.set(key, reference(version, samples));
  return expected.get(key) as Promise<number[]>;
}

/**
 * What each version hears. The legacy one takes logarithms: where a recording of 48 kHz has nothing left near 8 kHz, moving
 * the input by half a unit in the last place moves onnxruntime's own answer by 1e-4, so it hears those of 16 kHz.
 */
const HEARD = VERSIONS.flatMap((version) =>
  SPEECH.filter((path) => version !== 'legacy' || !path.includes('alsa')).map(
    (path) => [version, basename(path), path] as const,
  ),
);

describe.each(BUILDS)('Silero beside onnxruntime-web, $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`Silero, ${name}`);
  afterAll(() => ledger.print());

  test.each(HEARD)('%s hears %s alike, frame by frame', async (version, _base, path) => {
    const samples = await readSpeech(path);
    const theirs = await expectedOf(version, path, samples);
    const before = engine.bytesInUse;
    const ours: number[] = [];
    const vad = await Vad.load(sileroBytes(version), {
      engine,
      onFrame: (probability) => {
        ours.push(probability);
      },
    });
    // Twice: flush forgets everything.
    for (const size of [samples.length, 700]) {
      ours.length = 0;
      for (let at = 0; at < samples.length; at += size) vad.push(samples.subarray(at, at + size));
      vad.flush();
      expect(ours.length).toBe(theirs.length);
      theirs.forEach((probability, i) => {
        const error = Math.abs(ours[i] - probability);
        ledger.add(`${version}, ${basename(path)}, frame ${i}`, error);
        expect(error, `frame ${i}`).toBeLessThan(1e-5);
      });
    }
    vad.dispose();
    expect(engine.bytesInUse).toBe(before);
    expect(Math.max(...theirs), 'there is speech in it').toBeGreaterThan(0.5);
  });
});

test('refuses a model that is none of these', async () => {
  await expect(Vad.load(Uint8Array.of(1, 2, 3))).rejects.toThrow(/^loadOnnx: got 3 bytes that are no ONNX model/);
});
