/** The library in a realm that has what ECMAScript gives, WebAssembly, and nothing else: it needs no host. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  answerOfNode,
  expectClose,
  expectGolden,
  expectSameBits,
  importBuilt,
} from '../browser/answers.js';
import { expectFormats, formatsInput } from '../browser/formats.js';
import { encodeGolden, recurrentGoldens } from '../browser/goldens.js';
import { ROOT } from '../structure/import-graph.js';

const HOST_GLOBALS = [
  ...['atob', 'btoa', 'TextDecoder', 'TextEncoder', 'URL', 'performance', 'crypto', 'fetch', 'process', 'Buffer'],
  ...['setTimeout', 'queueMicrotask', 'structuredClone', 'navigator', 'window', 'self', 'document', 'require'],
];

/** What `script` leaves in the realm: golden cases go in as JSON, answers come out as JSON. */
interface Realm {
  run(goldens: string, kernels?: string): string;
  runReady(goldens: string): Promise<string>;
}

/** An entry of dist/ and the cases, as one classic script. */
async function scriptFor(entry: string): Promise<string> {
  const contents = `
    import * as library from './dist/${entry}.js';
    import { runCases } from './test/browser/pages/run-cases.js';
    const answer = (engine, goldens) => JSON.stringify(runCases(library, engine, JSON.parse(goldens)));
    globalThis.run = (goldens, kernels) => {
      const source = kernels && Uint8Array.from(JSON.parse(kernels));
      return answer(library.createEngine({ simd: 'baseline', source }), goldens);
    };
    globalThis.runReady = (goldens) => library.ready().then((engine) => answer(engine, goldens));`;
  const stdin = { contents, resolveDir: ROOT };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', write: false });
  return outputFiles[0].text;
}

async function bareRealm(entry: string): Promise<Realm> {
  const realm = createContext(Object.create(null));
  runInContext(await scriptFor(entry), realm);
  return realm as unknown as Realm;
}

describe('a bare realm', () => {
  const goldens = recurrentGoldens();
  const encoded = JSON.stringify(goldens.map(encodeGolden));
  const expected = importBuilt(ROOT).then((library) => answerOfNode(library, goldens));

  it('has WebAssembly and no global of a host', () => {
    const realm = createContext(Object.create(null));
    expect(runInContext('typeof WebAssembly.Module', realm)).toBe('function');
    for (const name of HOST_GLOBALS) expect(runInContext(`typeof ${name}`, realm), name).toBe('undefined');
  });

  it('runs hiddenstate, its embedded kernels decoded without atob', async () => {
    const answer: Answer = JSON.parse((await bareRealm('index')).run(encoded));
    expectGolden(answer, goldens);
    expectSameBits(answer.numbers, (await expected).numbers);
  });

  it('runs hiddenstate after ready()', async () => {
    const answer: Answer = JSON.parse(await (await bareRealm('index')).runReady(encoded));
    expectGolden(answer, goldens);
    expectClose(answer.numbers, (await expected).numbers, 1e-6);
  });

  it.each(['simd', 'relaxed'])('runs hiddenstate/core on the bytes of kernels.%s.wasm', async (build) => {
    const bytes = readFileSync(join(ROOT, `dist/kernels.${build}.wasm`));
    const answer: Answer = JSON.parse((await bareRealm('core')).run(encoded, JSON.stringify([...bytes])));
    expect(answer.simd).toBe(build === 'simd' ? 'baseline' : 'relaxed');
    expectGolden(answer, goldens);
    if (build === 'simd') expectSameBits(answer.numbers, (await expected).numbers);
  });

  it('tells a hiddenstate/core without kernels what to bring', async () => {
    const { run } = await bareRealm('core');
    expect(() => run(encoded)).toThrow(/hiddenstate\/core: got no kernels, expected .*createEngine\(\{ source \}\)/);
  });

  it('reads a file of ONNX and runs it (files of Keras need a TextDecoder: jsfive does)', async () => {
    const contents = `
      import { createEngine } from './dist/index.js';
      import * as onnx from './dist/onnx.js';
      import { runFormats } from './test/browser/pages/run-formats.js';
      globalThis.run = async (json) => {
        const { files, ...rest } = JSON.parse(json);
        const bytes = Object.fromEntries(Object.entries(files).map(([name, list]) => [name, Uint8Array.from(list)]));
        return JSON.stringify(await runFormats({ onnx }, createEngine(), { files: bytes, ...rest }));
      };`;
    const stdin = { contents, resolveDir: ROOT };
    const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', write: false });
    const realm = createContext(Object.create(null));
    runInContext(outputFiles[0].text, realm);
    const { run } = realm as unknown as { run(json: string): Promise<string> };
    await expectFormats(JSON.parse(await run(JSON.stringify(formatsInput()))), (name) => name.startsWith('onnx/'));
  });
});
