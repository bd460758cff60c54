/** `openModel` loads the reader of the file's own format, and no other. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { GRU, Sequential } from '../../bindings/index.js';
import { bytesOf, caseNamed, tfjsFiles } from '../keras/cases.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** A loader that notes which files of dist/ are loaded. */
const HOOK = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  const [, name] = url.split('/dist/');
  if (name) appendFileSync(process.env.LOADED, name + '\\n');
  return next(url, context);
}`;
const hook = pathToFileURL(write('hook.mjs', HOOK)).href;
const REGISTER = `data:text/javascript,import{register}from'node:module';register('${hook}')`;
const PROGRAM = `
import { openModel } from '${pathToFileURL(join(ROOT, 'dist/files.js')).href}';
const [path, layers] = process.argv.slice(2);
const model = await openModel(path, layers ? { layers: layers.split(',') } : {});
model.dispose();
process.stdout.write(model.format);`;
const program = write('program.mjs', PROGRAM);

function loadedFor(path: string, layers: string): { format: string; files: string[] } {
  const LOADED = write('loaded.txt', '');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', REGISTER, program, path, layers], {
    encoding: 'utf8',
    env: { ...process.env, LOADED },
  });
  expect([status, stderr]).toEqual([0, '']);
  return { format: stdout, files: readFileSync(LOADED, 'utf8').trim().split('\n') };
}

const READERS = ['onnx.js', 'keras.js', 'torch.js', 'arrays.js', 'amplifier.js'];
const keras = caseNamed('LSTM, Keras 3');
const { model: topology, shards } = tfjsFiles(keras);
for (const [path, shard] of Object.entries(shards)) write(`tfjs/${path}`, shard);
const amplifiers: { name: string; file: object }[] = JSON.parse(
  readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8'),
);
const amplifier = (name: string): string => JSON.stringify(amplifiers.find((each) => each.name === name)?.file ?? null);
const weights: { files: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'test/cli/state-dict.json'), 'utf8'),
);

const FILES: readonly (readonly [format: string, path: string, reader: string | undefined, layers?: string])[] = [
  ['onnx', join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx'), 'onnx.js'],
  ['keras', write('model.keras', bytesOf(keras.files.keras)), 'keras.js'],
  ['keras', write('model.h5', bytesOf(keras.files.h5)), 'keras.js'],
  ['tfjs-layers', write('tfjs/model.json', JSON.stringify(topology)), 'keras.js'],
  [
    'safetensors',
    write('saved', new Sequential([new GRU({ inputSize: 2, hiddenSize: 3, seed: 1 })]).save()),
    undefined,
  ],
  ['torch', write('weights.pt', bytesOf(weights.files.pt)), 'torch.js', 'model.rec,model.head'],
  ['npz', write('weights.npz', bytesOf(weights.files.npz)), 'arrays.js', 'rec,head'],
  ['nam', write('amp.nam', amplifier('nam-8')), 'amplifier.js'],
  ['guitarml', write('amp.json', amplifier('guitarml-lstm')), 'amplifier.js'],
];

describe('openModel loads the reader of the file’s own format alone', () => {
  test.each(FILES.map((each) => [each[0], each[1], each] as const))('%s: %s', (format, path, [, , reader, layers]) => {
    const { format: found, files } = loadedFor(path, layers ?? '');
    expect(found).toBe(format);
    expect(files.filter((file) => READERS.includes(file))).toEqual(reader ? [reader] : []);
    const others = reader === 'onnx.js' || reader === 'keras.js' ? /^(audio|train|ort|sequence|parallel)/ : /^graph/;
    expect(files.filter((file) => others.test(file))).toEqual([]);
    // An LSTM and a Dense are no rare layers.
    expect(files).not.toContain('keras-rare.js');
  });
});
