import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isOwnError } from '../../bindings/errors.js';
import { loadAmplifier } from '../../bindings/formats/amplifier/index.js';
import { BUILDS } from '../support/builds.js';

interface Case {
  readonly name: string;
  readonly file: Record<string, never>;
  readonly input: number[];
  readonly output: number[];
}

const CASES: Case[] = ['cases-torch.json', 'cases-keras.json'].flatMap((name) =>
  JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')),
);
const bytesOf = (file: unknown) => new TextEncoder().encode(JSON.stringify(file));
const caseOf = (name: string) => CASES.find((each) => each.name === name) as Case;

describe.each(BUILDS)('amplifiers on $name', ({ create }) => {
  const engine = create();

  test.each(CASES.map((each) => [each.name, each] as const))(
    '%s gives what its own program gives',
    (name, { file, input, output }) => {
      const { model, state, skip, format } = loadAmplifier(bytesOf(file), { engine });
      expect(name).toContain(format);
      const width = model.inputSize;
      const stream = model.stream({ state });
      const out = new Float32Array(1);
      for (let t = 0; t < output.length; t++) {
        const x = Float32Array.from(input.slice(t * width, (t + 1) * width));
        stream.step(x, out);
        expect(Math.abs(out[0] + (skip ? x[0] : 0) - output[t]), `sample ${t}`).toBeLessThan(2e-6);
      }
      model.dispose();
    },
  );
});

test('the rate is what the file says', () => {
  const rateOf = (name: string) => loadAmplifier(bytesOf(caseOf(name).file)).sampleRate;
  expect([rateOf('nam-8'), rateOf('nam-5-two-layers'), rateOf('guitarml-lstm')]).toEqual([48000, 44100, undefined]);
});

/** A file with one thing changed, at any place. */
function changed(name: string, change: (file: Record<string, Record<string, unknown>>) => void): Uint8Array {
  const file = structuredClone(caseOf(name).file) as Record<string, Record<string, unknown>>;
  change(file);
  return bytesOf(file);
}

/** A file with one field set, or taken out where no value is given. */
const set = (name: string, path: string, value?: unknown) =>
  changed(name, (file) => {
    const parts = path.split('/');
    const last = parts.pop() as string;
    let at = file as Record<string, unknown>;
    for (const part of parts) at = at[part] as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
  });

const WRONG: [string, Uint8Array, RegExp][] = [
  ['a WaveNet', set('nam-8', 'architecture', 'WaveNet'), /architecture "WaveNet", expected "LSTM"/],
  ['a weight too few', set('nam-8', 'weights', [1, 2]), /weights: got Array\(2\), expected a list of \d+/],
  ['a weight that is text', set('nam-8', 'weights/3', '1'), /weights: got "1", expected numbers/],
  ['2³⁰ units', set('nam-8', 'config/hidden_size', 2 ** 30), /hidden_size: got 1073741824/],
  ['65536 units and few weights', set('nam-8', 'config/hidden_size', 65536), /expected a list of 17/],
  ['no config', set('nam-8', 'config'), /config: got undefined, expected an object/],
  ['another unit', set('guitarml-lstm', 'model_data/unit_type', 'RNN'), /unit_type "RNN"/],
  ['a tensor too many', set('guitarml-lstm', 'state_dict/rec.x', []), /unknown tensor "rec\.x"/],
  ['a tensor too few', set('guitarml-lstm', 'state_dict/lin.bias'), /lin\.bias: got weights of undefined/],
  ['rows of other lengths', set('guitarml-lstm', 'state_dict/lin.weight', [[1]]), /in dimension 1/],
  ['skip 2', set('guitarml-lstm', 'model_data/skip', 2), /skip: got 2, expected 0 or 1/],
  ['a convolution', set('rtneural-lstm', 'layers/0/type', 'conv1d'), /layer 0: got type "conv1d"/],
  ['an activation of no name', set('rtneural-lstm', 'layers/1/activation', '__proto__'), /activation "__proto__"/],
  ['no layers', set('rtneural-lstm', 'layers', []), /layers: got Array\(0\)/],
  ['other JSON', bytesOf({ a: 1 }), /without "architecture"/],
  ['no JSON', new TextEncoder().encode('{'), /not JSON/],
  ['nothing', new Uint8Array(0), /not JSON/],
];

test.each(WRONG)('%s is refused by its name', (_, bytes, message) => {
  let thrown: unknown;
  try {
    loadAmplifier(bytes);
  } catch (error) {
    thrown = error;
  }
  expect((thrown as Error)?.message).toMatch(message);
  expect(isOwnError(thrown)).toBe(true);
});
