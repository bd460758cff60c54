/**
 * `describeOnnx` tells the truth: of a hundred models drawn from the archives, and a hundred of ONNX's own backend tests where those are,
 * what it finds no problem in runs, and what does not run has a problem. TRUTH says how many, TRUTH_SEED which.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnnx, type Feeds, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { mulberry32 } from '../support/random.js';
import { readArchive } from './archive.js';
import { readNodeTests } from './node-tests.js';
import { feedsOf } from './run-case.js';

const COUNT = Number(process.env.TRUTH ?? 100);
const SEED = Number(process.env.TRUTH_SEED ?? 1);
const ARCHIVE = join(import.meta.dirname, '../../../shared/cases/onnx-backend.tar.gz');

/** What hangs on the numbers that are fed: other scales run. */
const FED = /align_corners and a scale that makes/;

/** A model, and what it is fed in earnest. */
interface Tried {
  readonly name: string;
  readonly model: Uint8Array;
  /** `undefined` where the archive has feeds that no array holds. */
  feedsFor(names: readonly string[]): Feeds | undefined;
}

const OWN = ['torch', 'exporters', 'control', 'backend', 'onnxruntime', 'quantized', 'spatial', 'opsets'] as const;

function ownCases(): Tried[] {
  return OWN.flatMap((archive) =>
    readArchive(archive).map(({ name, model, runs }) => ({
      name: `${archive} ${name}`,
      model,
      feedsFor: () => feedsOf(runs[0]),
    })),
  );
}

function backendTests(): Tried[] {
  if (!existsSync(ARCHIVE)) return [];
  return readNodeTests(ARCHIVE).map(({ name, model, runs }) => ({
    name,
    model: new Uint8Array(model),
    feedsFor: (names) => {
      const feeds = names.map((each, i) => [each, runs[0]?.inputs[i]]);
      return feeds.some(([, feed]) => !feed) ? undefined : Object.fromEntries(feeds);
    },
  }));
}

function drawn(all: readonly Tried[]): Tried[] {
  const random = mulberry32(SEED);
  const left = [...all];
  const some: Tried[] = [];
  while (some.length < COUNT && left.length) some.push(...left.splice(Math.floor(random() * left.length), 1));
  return some;
}

/** What does not run, in its own words; `undefined` if all does, `null` if nothing could be fed. */
async function refusalOf({ model, feedsFor }: Tried): Promise<string | null | undefined> {
  try {
    const loaded = await loadOnnx(model, { engine: createEngine() });
    try {
      const feeds = feedsFor(loaded.inputs.map(({ name }) => name));
      if (!feeds) return null;
      loaded.run(feeds);
    } finally {
      loaded.dispose();
    }
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

test.each([
  ['the archives', ownCases],
  ["ONNX's backend tests", backendTests],
] as const)('what is said of models of %s is so', { timeout: 120_000 }, async (_, read) => {
  const lies: string[] = [];
  const tally = { ran: 0, untried: 0, problems: 0 };
  for (const each of drawn(read())) {
    const { problems, untried } = describeOnnx(each.model);
    const refusal = await refusalOf(each);
    if (problems.length) tally.problems++;
    else if (untried) tally.untried++;
    else tally.ran++;
    if (refusal === undefined && problems.length) lies.push(`${each.name} runs, but: ${problems.join('; ')}`);
    if (refusal && !problems.length && !FED.test(refusal)) lies.push(`${each.name} has no problems, but: ${refusal}`);
  }
  console.log(`${tally.ran} run on zeros, ${tally.untried} untried, ${tally.problems} with problems`);
  expect(lies).toEqual([]);
});
