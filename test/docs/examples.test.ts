/** Every public class and function has an example in its docstring; examples type-check, and run wherever Node is enough. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../structure/import-graph.js';
import { emptyFolder, furnish, typeErrors, writeProgram } from './programs.js';
import { publicNames } from './public-names.js';
import { EXAMPLE_FILES, EXAMPLE_NAMES } from './settings.js';

/** Examples that are type-checked alone, and what they need that is not here. */
const NOT_RUN: Readonly<Record<string, string>> = {
  createNode: 'an AudioContext: test/browser',
  createVad: 'an AudioContext and a microphone: test/browser',
  SoundNode: 'an AudioContext: test/browser',
  StreamVad: 'an AudioContext and a microphone: test/browser',
  redisLog: 'a Redis: test/keyed',
  RedisLog: 'a Redis: test/keyed',
  repartition: 'a Redis: test/keyed',
};

const FOLDER = join(ROOT, 'build/examples');
const names = publicNames();
const examples = names.flatMap(({ name, place, examples }) =>
  examples.map((text, i) => ({
    name,
    place,
    text,
    code: codeOf(text),
    file: `${name}-${place}-${i}`.replace(/\W/g, '-'),
  })),
);
const pathOf = ({ file }: { file: string }, extension: string) => join(FOLDER, `${file}.${extension}`);

/** The one block of TypeScript that an example is. */
function codeOf(text: string): string | undefined {
  return /^```ts\n((?:(?!```)[\s\S])*)\n```$/.exec(text.trim())?.[1];
}

/** What an example takes for granted, declared before it. */
function withNames(code: string): string {
  const mentions = (pattern: string) => new RegExp(pattern).test(code);
  const given = Object.entries(EXAMPLE_NAMES).filter(
    ([name]) => mentions(`\\b${name}\\b`) && !mentions(`\\bconst ${name}\\b`),
  );
  return [...given.map(([, declaration]) => declaration), code].join('\n');
}

/** `console.log(x); // text` checks that this is what it prints. */
const checkingPrints = (code: string) =>
  code.replace(
    /console\.log\((.*)\); \/\/ (.+)$/gm,
    (_, values, text) => `prints(${JSON.stringify(text)}, ${values});`,
  );

beforeAll(() => {
  emptyFolder('examples');
  furnish(FOLDER, EXAMPLE_FILES);
  for (const { file, code } of examples) {
    if (code === undefined) continue;
    writeProgram(FOLDER, file, withNames(code), checkingPrints(withNames(code)));
  }
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

it('every public class and function has an example', () => {
  expect(names.length).toBeGreaterThan(100);
  const missing = names.filter(({ examples }) => examples.length === 0);
  expect(missing.map(({ name, place }) => `${name} at ${place}`)).toEqual([]);
});

it('an example is one block of TypeScript that imports the package', () => {
  const others = examples.filter(({ code }) => !/from 'hiddenstate['/]/.test(code ?? ''));
  expect(others.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
});

it('examples type-check', { timeout: 120_000 }, () => {
  const paths = examples.filter(({ code }) => code !== undefined).map((example) => pathOf(example, 'mts'));
  expect(typeErrors(paths, FOLDER)).toBe('');
});

it('examples run and print what they say', { timeout: 120_000 }, async () => {
  expect(Object.keys(NOT_RUN).filter((name) => !names.some((each) => each.name === name))).toEqual([]);
  const run = examples.filter(({ name, code }) => code !== undefined && !(name in NOT_RUN));
  const program = join(ROOT, 'test/docs/run-programs.mjs');
  const paths = run.map((example) => pathOf(example, 'mjs'));
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...paths], { cwd: FOLDER });
  const results: { path: string; error?: string }[] = JSON.parse(stdout);
  expect(results.map(({ path }) => path)).toEqual(paths);
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
});

it('every name and file of the setting is used', () => {
  const all = examples.map(({ code }) => code).join('\n');
  const words = [...Object.keys(EXAMPLE_NAMES), ...Object.keys(EXAMPLE_FILES)];
  expect(words.filter((word) => !all.includes(word))).toEqual([]);
});
