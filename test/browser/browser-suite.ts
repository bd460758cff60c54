import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../structure/import-graph.js';
import { relativeError } from '../support/compare.js';
import { dequantized, int8Tolerance } from '../support/int8.js';
import type { LayerKind } from '../support/parameter-shapes.js';
import { referenceForward } from '../support/reference.js';
import { type Answer, answerOfNode, expectClose, expectGolden, expectSameBits, importBuilt } from './answers.js';
import type { SystemBrowser } from './browsers.js';
import { bundlePages } from './bundles.js';
import { expectFormats, formatsInput } from './formats.js';
import { encodeGolden, type Golden, recurrentGoldens } from './goldens.js';
import { noise } from './pages/noise.js';
import { fromBits, toBits } from './pages/run-cases.js';
import { runFit } from './pages/run-fit.js';
import { input, KINDS, SIZES, STEPS } from './pages/run-int8.js';
import { runLadder } from './pages/run-ladder.js';
import { runPool } from './pages/run-pool.js';
import { serve } from './server.js';

interface Answers {
  readonly baseline: Answer;
  readonly auto: Answer;
  /** What the worklet played. */
  readonly rendered?: number[];
}

/** What `runPool` gives, and whether the page may share memory. */
interface Pooled extends Pick<Trained, 'numbers'> {
  readonly isolated: boolean;
  readonly forward: boolean;
  readonly steps: boolean;
}

/** What `runFit` gives. */
interface Trained {
  readonly turned: boolean;
  readonly numbers: Answer['numbers'];
}

const PAGES = '/test/browser/pages';
const host = (name: string, module: string) => `${PAGES}/${name}.js&module=${module}`;

/** Where the library runs: the script of the page, and the policy it is under. */
const REALMS: [string, string, string?][] = [
  ['a module script', `${PAGES}/main.js`],
  ['a bundle', '/bundles/main.js'],
  ['a module worker', host('worker-host', `${PAGES}/worker.js`)],
  ['a bundled module worker', host('worker-host', '/bundles/worker.js')],
  ["a page under script-src 'self' 'wasm-unsafe-eval'", `${PAGES}/main.js`, "script-src 'self' 'wasm-unsafe-eval'"],
];

/** The first output of the GRU that the worklet plays. */
function playedByNode(library: Awaited<ReturnType<typeof importBuilt>>): number[] {
  const engine = library.createEngine({ simd: 'baseline' });
  const gru = new library.GRU({ inputSize: 1, hiddenSize: 8, seed: 7, engine });
  const { data } = gru.forward({ data: noise(1024), dims: [1024, 1] }).output;
  return toBits(data.filter((_, i) => i % 8 === 0));
}

/** Runs the library in every kind of realm of a browser and compares what comes out with Node. */
export function browserSuite(system: SystemBrowser): void {
  const goldens = recurrentGoldens();
  const chosen = new Set<string>();
  let browser: Browser;
  let server: Server;
  let origin: string;
  let library: Awaited<ReturnType<typeof importBuilt>>;

  async function ask(script: string, csp = ''): Promise<Answers> {
    const page = await browser.newPage();
    try {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (message) => faults.push(message.text()));
      await page.goto(`${origin}/page?script=${script}&csp=${encodeURIComponent(csp)}`);
      const json = await page.evaluate(() => (globalThis as { results?: unknown }).results);
      expect(json, faults.join('\n')).toBeTypeOf('string');
      const answers = JSON.parse(json as string);
      if (answers.error) throw new Error(answers.error);
      return answers;
    } finally {
      await page.close();
    }
  }

  function check({ baseline, auto }: Answers, answered: readonly Golden[]): void {
    chosen.add(auto.simd);
    expect(baseline.simd).toBe('baseline');
    expectGolden(baseline, answered);
    expectGolden(auto, answered);
    for (const kind of ['RNN', 'LSTM', 'GRU']) {
      expect(baseline.numbers[`stream/${kind}/steps`]).toEqual(baseline.numbers[`stream/${kind}/forward`]);
      expect(fromBits(baseline.numbers[`stream/${kind}/steps`]).some((value) => value !== 0)).toBe(true);
    }
  }

  describe.skipIf(system.path === undefined)(system.name, { timeout: 180_000 }, () => {
    beforeAll(async () => {
      library = await importBuilt(ROOT);
      const extras = await bundlePages();
      ({ server, origin } = await serve(
        new Map([
          ...extras,
          ['/goldens.json', JSON.stringify(goldens.map(encodeGolden))],
          ['/formats.json', JSON.stringify(formatsInput())],
        ]),
      ));
      browser = await system.launch();
    }, 180_000);

    afterAll(async () => {
      console.log(`${await browser?.version()}: simd "auto" runs ${[...chosen].join(' and ')}`);
      await browser?.close();
      server?.close();
    });

    it.each(REALMS)('gives the numbers of Node in %s', async (_, script, csp) => {
      const answers = await ask(script, csp);
      const expected = answerOfNode(library, goldens);
      check(answers, goldens);
      expectSameBits(answers.baseline.numbers, expected.numbers);
      expectClose(answers.auto.numbers, expected.numbers, 1e-6);
    });

    it('gives the numbers of Node in the process() of an audio worklet', async () => {
      const answers = await ask(host('worklet-host', '/bundles/worklet.js'));
      const own = goldens.filter(({ kind }) => kind === 'GRU');
      const expected = answerOfNode(library, own);
      check(answers, own);
      // An audio thread may flush denormal numbers to zero, as Firefox's does: there they are held to the golden values only.
      expectSameBits(withoutDenormals(answers.baseline.numbers), withoutDenormals(expected.numbers));
      expectClose(answers.auto.numbers, expected.numbers, 1e-6);
      expect(answers.rendered).toEqual(playedByNode(library));
    });

    it.each([
      ['copied to its workers', ''],
      ['shared with them', '&isolated=yes'],
    ])('runs a pool, memory %s', async (_, parameters) => {
      const answer = (await ask(`${PAGES}/pool.js${parameters}`)) as unknown as Pooled;
      const { openPool } = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, 'dist/parallel.js')).href);
      const expected = await runPool(library, openPool);
      expect(answer).toEqual({ isolated: parameters !== '', ...expected });
      expect([expected.forward, expected.steps]).toEqual([true, true]);
    });

    it('trains as Node does, and lets the page live meanwhile', async () => {
      const { turned, numbers } = (await ask(`${PAGES}/fit.js`)) as unknown as Trained;
      const train = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, 'dist/train.js')).href);
      const expected = (await runFit(library, train)) as Trained;
      expect(turned).toBe(true);
      // Not bit for bit: the powers in Adam's corrections are the host's own.
      expectClose(numbers, expected.numbers, 1e-4);
    });

    it.each([
      ['copied to its workers', ''],
      ['shared with them', '&isolated=yes'],
    ])('trains on two workers with the bits of one thread, memory %s', async (_, parameters) => {
      const answer = await ask(`${PAGES}/fit-threads.js${parameters}`);
      expect(answer).toEqual({ isolated: parameters !== '', same: true, count: 1 + 4 * 40 * (2 + 40 + 2) + 2 * 41 });
    });

    it('fits every rung of the ladder as Node does', async () => {
      const { numbers } = (await ask('/bundles/ladder.js')) as unknown as Pick<Trained, 'numbers'>;
      const sequence = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, 'dist/sequence.js')).href);
      const expected = await runLadder(sequence, library.createEngine({ simd: 'baseline' }));
      expect(Object.keys(numbers).length).toBe(3 * 12 + 4 * 7 + 1);
      // Not bit for bit: logarithms and powers are the host's own.
      expectClose(numbers, expected.numbers, 1e-4);
    });

    it('multiplies int8 weights as float64 does, laid out either way', async () => {
      const answers = (await ask(`${PAGES}/int8.js`)) as unknown as { byteDots: boolean; numbers: Answer['numbers'] }[];
      console.log(`${system.name}: int8 layouts, bytes or not: ${answers.map(({ byteDots }) => byteDots).join(', ')}`);
      for (const kind of KINDS as LayerKind[]) {
        const weights = dequantized(new library[kind](SIZES).stateDict());
        const { data } = input();
        const truth = referenceForward(kind, SIZES, weights, { data, dims: [STEPS, 1, SIZES.inputSize] });
        for (const { byteDots, numbers } of answers) {
          const error = relativeError(fromBits(numbers[kind]), truth.output);
          expect(error, `${kind}, bytes: ${byteDots}`).toBeLessThanOrEqual(int8Tolerance({ byteDots }));
        }
      }
    });

    it('runs files of ONNX and Keras, and code written for onnxruntime', async () => {
      const { numbers } = (await ask('/bundles/formats.js')) as unknown as { numbers: Answer['numbers'] };
      await expectFormats(numbers);
    });

    it('is refused where the policy does not allow wasm, so the policy above is in force', async () => {
      await expect(ask(`${PAGES}/main.js`, "script-src 'self'")).rejects.toThrow(/CompileError/);
    });
  });
}

function withoutDenormals(numbers: Answer['numbers']): Answer['numbers'] {
  return Object.fromEntries(Object.entries(numbers).filter(([name]) => !name.includes('denormal')));
}
