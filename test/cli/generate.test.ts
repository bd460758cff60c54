import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GRU, Linear, Sequential, Softmax } from '../../bindings/index.js';
import { hiddenstate, startHiddenstate, temporaryFolder } from './cli.js';
import { saveTextModel } from './models.js';

const folder = temporaryFolder();
const VOCABULARY = ['\n', ' ', 'a', 'b', 'c', 'd', 'e', '—'];
const model = saveTextModel(folder('text.safetensors'), VOCABULARY);
const withUnknown = saveTextModel(folder('unknown.safetensors'), ['\uFFFD', ...VOCABULARY]);

function textOf(path: string, ...args: string[]): string {
  const { code, stdout, stderr } = hiddenstate(['generate', path, '--no-compare', ...args]);
  expect(stderr).toContain('µs a step');
  expect(code).toBe(0);
  return stdout;
}

/** What the likeliest character is at every step, as the float64 reference says; none of them may be a near tie. */
function likeliest(prompt: string, count: number): string {
  let text = prompt;
  for (let n = 0; n < count; n++) {
    const logits = model.expected(Array.from(text, (character) => [VOCABULARY.indexOf(character)])).at(-1) as number[];
    const [first, second] = [...logits].sort((a, b) => b - a);
    expect(first - second).toBeGreaterThan(1e-4);
    text += VOCABULARY[logits.indexOf(first)];
  }
  return text;
}

describe('hiddenstate generate', () => {
  test('at temperature 0 writes what the float64 reference finds likeliest, after the prompt', () => {
    const expected = likeliest('bad —', 40);
    expect(textOf(model.path, '--prompt', 'bad —', '--chars', '40', '--temperature', '0')).toBe(expected);
    expect(textOf(model.path, '--prompt', 'bad —', '--chars', '40', '--top-k', '1')).toBe(expected);
  });

  test('begins at a line break, which it does not show, when there is no prompt', () => {
    expect(textOf(model.path, '--chars', '30', '--temperature', '0')).toBe(likeliest('\n', 30).slice(1));
  });

  test('repeats itself with a seed, and not with another', () => {
    const text = textOf(model.path, '--chars', '200', '--seed', '7');
    expect(Array.from(text)).toHaveLength(200);
    expect(textOf(model.path, '--chars', '200', '--seed', '7')).toBe(text);
    expect(textOf(model.path, '--chars', '200', '--seed', '8')).not.toBe(text);
  });

  test('takes the seed that it reports when none was given', () => {
    const { stdout, stderr } = hiddenstate(['generate', model.path, '--chars', '100', '--no-compare']);
    const seed = /seed (\d+)/.exec(stderr)?.[1] as string;
    expect(textOf(model.path, '--chars', '100', '--seed', seed)).toBe(stdout);
  });

  test('reads a character it does not know as the unknown one, and never writes that', () => {
    const text = textOf(withUnknown.path, '--prompt', 'ab🐋', '--chars', '2000', '--temperature', '3', '--seed', '1');
    expect(text.startsWith('ab🐋')).toBe(true);
    expect(Array.from(text)).toHaveLength(2003);
    expect(text).not.toContain('\uFFFD');
  });

  test('ends with a table of speeds on stderr; stdout holds the text alone', () => {
    const { code, stdout, stderr } = hiddenstate(['generate', model.path, '--chars', '50', '--seed', '1']);
    expect(code).toBe(0);
    expect(Array.from(stdout)).toHaveLength(50);
    const [, summary, titles, ...rows] = stderr.trimEnd().split('\n');
    expect(summary).toBe('50 characters, seed 1');
    expect(titles.trim().split(/ {2,}/)).toEqual(['µs a step', 'characters/s']);
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual([
      'hiddenstate (baseline)',
      'plain JS',
      'median ratio of rounds',
    ]);
    for (const cell of rows.flatMap((row) => row.split(/ {2,}/).slice(1))) expect(cell).toMatch(/^[\d,.]+×?$/);
  });

  test('says what plain JS lacks instead of comparing', () => {
    const size = VOCABULARY.length;
    const modules = [
      new GRU({ inputSize: size, hiddenSize: 8, resetAfter: false, seed: 1 }),
      new Linear({ inFeatures: 8, outFeatures: size, seed: 2 }),
    ];
    const metadata = { vocabulary: JSON.stringify(VOCABULARY) };
    writeFileSync(folder('before.safetensors'), new Sequential(modules, { metadata }).save());
    const { code, stderr } = hiddenstate(['generate', folder('before.safetensors'), '--chars', '20']);
    expect(stderr).toContain('plain JS has no GRU with the reset before the product to compare with');
    expect(code).toBe(0);
  });

  test('takes one-hot inputs and probabilities as well as indices and logits', () => {
    // Certain of the entry after the one it reads: a, b, c, d, e, —, line break, space, a …
    const size = VOCABULARY.length;
    const next = Array.from({ length: size * size }, (_, k) =>
      k % size === (Math.floor(k / size) + size - 1) % size ? 40 : 0,
    );
    const linear = Linear.fromStateDict({ weight: { data: Float32Array.from(next), dims: [size, size] } });
    const metadata = { vocabulary: JSON.stringify(VOCABULARY) };
    writeFileSync(folder('onehot.safetensors'), new Sequential([linear, new Softmax()], { metadata }).save());
    const text = textOf(folder('onehot.safetensors'), '--prompt', 'ab', '--chars', '11', '--temperature', '0.5');
    expect(text).toBe('abcde—\n abcde');
  });

  test('ends quietly when its reader has read enough', async () => {
    const child = startHiddenstate(['generate', model.path, '--chars', '100000000']);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code, signal] = await once(child, 'close');
    expect([code, signal, stderr]).toEqual([0, null, '']);
  });

  test('ends quietly on Ctrl-C', async () => {
    const child = startHiddenstate(['generate', model.path, '--chars', '100000000']);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    await once(child.stdout, 'data');
    child.stdout.resume();
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'close');
    // The system ended it: nobody listened. A shell shows 130.
    expect([code, signal, stderr]).toEqual([null, 'SIGINT', '']);
  });
});
