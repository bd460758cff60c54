import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Engine, loadModel, quantize, type Sequential } from '../../bindings/index.js';
import { corpus, heldOut } from '../../models/moby-dick/text.js';
import { BUILDS, INT8_BUILDS } from '../support/builds.js';

const folder = new URL('../../models/', import.meta.url);
const metrics = JSON.parse(readFileSync(new URL('moby-dick/metrics.json', folder), 'utf8'));
const CHUNK = 2000;

/** Bits per character of a text: one pass, the state carried from chunk to chunk, sums in float64. */
function bitsPerCharacter(text: string, model: Sequential): number {
  const tokens = new Map<string, number>(JSON.parse(model.metadata.vocabulary).map((c: string, i: number) => [c, i]));
  const ids = Float32Array.from(text, (character) => tokens.get(character) ?? Number.NaN);
  let nats = 0;
  let state: readonly unknown[] | undefined;
  for (let start = 0; start < ids.length - 1; start += CHUNK) {
    const data = ids.subarray(start, Math.min(start + CHUNK, ids.length - 1));
    const { output, state: next } = model.forward({ data, dims: [data.length] }, { state });
    state = next;
    for (let t = 0; t < data.length; t++) {
      const logits = Float64Array.from(output.data.subarray(t * tokens.size, (t + 1) * tokens.size));
      const greatest = logits.reduce((a, b) => Math.max(a, b));
      const sum = logits.reduce((total, logit) => total + Math.exp(logit - greatest), 0);
      nats += greatest + Math.log(sum) - logits[ids[start + t + 1]];
    }
  }
  return nats / Math.LN2 / (ids.length - 1);
}

const model = (engine: Engine): Sequential =>
  loadModel(readFileSync(new URL('moby-dick.safetensors', folder)), { engine });

describe('the Moby-Dick model', () => {
  const { heldOutBeginning: beginning } = metrics;
  const text = heldOut(corpus()).slice(0, beginning.characters);
  const [builds, int8Builds] = [BUILDS, INT8_BUILDS].map((all) => all.filter(({ name }) => name !== 'debug'));
  console.log(
    `moby-dick: the first ${beginning.characters} held-out characters (\`node bench/quantization/run.js\` takes all), ` +
      'without the debug build, which needs minutes for so many; it runs every golden case',
  );

  it.each(builds)(
    'has the bits per held-out character that PyTorch measured, $name',
    ({ create }) => {
      using float = model(create());
      expect(Math.abs(bitsPerCharacter(text, float) - beginning.bitsPerCharacter)).toBeLessThan(1e-4);
    },
    60_000,
  );

  it.each(int8Builds)(
    'has at most half a percent more with int8 weights, $name',
    ({ name, create }) => {
      using float = model(create());
      using small = quantize(float);
      const bits = bitsPerCharacter(text, small);
      const worse = (100 * (bits - beginning.bitsPerCharacter)) / beginning.bitsPerCharacter;
      const bytes = [float, small].map((one) => one.save().length);
      console.log(`moby-dick of int8, ${name}: ${worse.toFixed(4)} % more bits; ${bytes[1]} bytes of ${bytes[0]}`);
      expect(worse).toBeLessThan(0.5);
    },
    60_000,
  );
});
