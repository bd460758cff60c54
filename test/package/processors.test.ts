/** The files and texts of the worklet's processors: small, whole in themselves, and content with a scope that has nothing but WebAssembly. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext, Script } from 'node:vm';
import { brotliCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sileroBytes } from '../audio/silero.js';
import { ROOT } from '../structure/import-graph.js';

const FILES = [
  { name: 'all', registered: 'hiddenstate', pieces: ['common', 'layers', 'vad', 'rest'], kilobytes: 120 },
  { name: 'layers', registered: 'hiddenstate-layers', pieces: ['common', 'layers'], kilobytes: 32 },
  { name: 'vad', registered: 'hiddenstate-vad', pieces: ['common', 'vad'], kilobytes: 63 },
] as const;

const [{ file }] = JSON.parse(readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'));

interface Processor {
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

/** A scope that has what an audio worklet has, or a worker, and nothing else. */
function scopeOf(text: string, isWorklet: boolean) {
  const reports: { type: string }[] = [];
  const post = (report: { type: string }) => reports.push(report);
  const scope = createContext(Object.create(null));
  Object.assign(scope, { post });
  runInContext(
    isWorklet
      ? `var currentTime = 0; var made = {};
         var AudioWorkletProcessor = class { port = { postMessage: (report) => post(report) } };
         var registerProcessor = (name, type) => { made[name] = type; };`
      : 'var postMessage = (report) => post(report);',
    scope,
  );
  runInContext(text, scope);
  return { scope, reports };
}

const planOf = (kind: string, bytes: Uint8Array) =>
  `({ kind: '${kind}', model: { bytes: Uint8Array.from(${JSON.stringify([...bytes])}), format: '' }, stages: [], sampleRate: 48000,
      quantum: 128, options: {}, wanted: [], meterMs: 0, live: false })`;
const AMPLIFIER = planOf('amplifier', Buffer.from(JSON.stringify(file)));
const VAD = planOf('vad', sileroBytes('v5'));

const FILE = readFileSync(join(ROOT, 'dist/worklet-processor.js'), 'utf8');

interface Piece {
  readonly text: string;
  readonly start: string;
}

function load(piece: string): Promise<Piece> {
  return import(/* @vite-ignore */ pathToFileURL(join(ROOT, `dist/worklet-processor-${piece}-text.js`)).href);
}

it('worklet-processor.js is what the pieces of all kinds are together, and has at most 112 KB with brotli', async () => {
  const pieces = await Promise.all(FILES[0].pieces.map(load));
  expect(FILE).toBe([...pieces.map(({ text }) => text), pieces[3].start].join(''));
  console.log(`worklet-processor.js: ${FILE.length} bytes, ${brotliCompressSync(FILE).length} with brotli`);
  expect(brotliCompressSync(FILE).length).toBeLessThanOrEqual(112 * 1024);
});

describe.each(FILES)('the file for $name', ({ name, registered, pieces, kilobytes }) => {
  const plan = registered === 'hiddenstate-vad' ? VAD : AMPLIFIER;
  let loaded: Piece[];
  let text: string;

  beforeAll(async () => {
    loaded = await Promise.all(pieces.map(load));
    text = [...loaded.map((piece) => piece.text), loaded[loaded.length - 1].start].join('');
  });

  it(`costs a page at most ${kilobytes} KB with brotli`, () => {
    const size = loaded.reduce((sum, piece) => sum + brotliCompressSync(piece.text + piece.start).length, 0);
    console.log(`processor for ${name}: ${text.length} bytes, ${size} with brotli`);
    expect(size).toBeLessThanOrEqual(kilobytes * 1024);
  });

  it('imports and exports nothing', () => {
    // A classic script may do neither.
    expect(() => new Script(text)).not.toThrow();
    expect(text).not.toMatch(/\bimport\s*\(/);
  });

  it('runs in an audio worklet that has no globals of a host', () => {
    const { scope, reports } = scopeOf(text, true);
    const processor = runInContext(`new made['${registered}']({ processorOptions: ${plan} })`, scope) as Processor;
    expect(reports).toEqual([{ type: 'ready', latency: 0 }]);
    const block = Float32Array.from({ length: 128 }, (_, t) => Math.sin(t + 1));
    const out = runInContext('new Float32Array(128)', scope) as Float32Array;
    const given = runInContext('(block) => Float32Array.from(block)', scope)(block) as Float32Array;
    expect(processor.process([[given]], [[out]])).toBe(true);
    expect([...out].every((sample) => Number.isFinite(sample) && sample !== 0)).toBe(true);
    // Nothing is connected.
    expect(processor.process([[]], [[out]])).toBe(true);
    (processor as never as { port: { onmessage(event: unknown): void } }).port.onmessage({ data: { type: 'dispose' } });
    expect(processor.process([[given]], [[out]])).toBe(false);
  });

  it('runs in a worker that has no globals of a host', () => {
    const { scope, reports } = scopeOf(text, false);
    expect(reports).toEqual([{ type: 'loaded' }]);
    runInContext(`onmessage({ data: { type: 'plan', plan: ${plan} } })`, scope);
    runInContext(`onmessage({ data: { type: 'block', block: new Float32Array(2048) } })`, scope);
    expect(reports.slice(1)).toEqual([{ type: 'ready', latency: 0 }]);
  });
});
