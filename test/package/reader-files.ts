/** A file of each format that `openModel` knows, and which module of dist/ reads it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { GRU, Sequential } from '../../bindings/index.js';
import { bytesOf, caseNamed, tfjsFiles } from '../keras/cases.js';

const ROOT = join(import.meta.dirname, '../..');
const READERS = ['onnx.js', 'keras.js', 'torch.js', 'arrays.js', 'amplifier.js'];

export interface ReaderFile {
  readonly format: string;
  /** Which of the files is opened. */
  readonly path: string;
  /** Bytes by path: a model may lie in several. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** The module that reads it, where it is not part of the core. */
  readonly reader?: string;
  readonly layers?: string;
}

function one(format: string, path: string, bytes: Uint8Array | string, reader?: string, layers?: string): ReaderFile {
  return { format, path, files: { [path]: bytes }, reader, layers };
}

export function readerFiles(): readonly ReaderFile[] {
  const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  const keras = caseNamed('LSTM, Keras 3');
  const { model, shards } = tfjsFiles(keras);
  const amplifiers: { name: string; file: object }[] = ['torch', 'keras'].flatMap((which) => {
    const cases = json(`test/amplifier/cases-${which}.json`);
    return cases.cases ?? cases;
  });
  const amplifier = (name: string) => JSON.stringify(amplifiers.find((each) => each.name === name)?.file ?? null);
  const weights = (name: string) => bytesOf(json('test/cli/state-dict.json').files[name]);
  const tfjs = Object.entries(shards).map(([path, shard]) => [`tfjs/${path}`, shard] as const);
  return [
    one(
      'onnx',
      'model.onnx',
      readFileSync(join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx')),
      'onnx.js',
    ),
    one('keras', 'model.keras', bytesOf(keras.files.keras), 'keras.js'),
    one('keras', 'model.h5', bytesOf(keras.files.h5), 'keras.js'),
    {
      format: 'tfjs-layers',
      path: 'tfjs/model.json',
      files: { 'tfjs/model.json': JSON.stringify(model), ...Object.fromEntries(tfjs) },
      reader: 'keras.js',
    },
    one('safetensors', 'saved', new Sequential([new GRU({ inputSize: 2, hiddenSize: 3, seed: 1 })]).save()),
    one('torch', 'weights.pt', weights('pt'), 'torch.js', 'model.rec,model.head'),
    one('torchscript', 'script.pt', weights('torchscript'), 'torch.js', 'rec,head'),
    one('npz', 'weights.npz', weights('npz'), 'arrays.js', 'rec,head'),
    one('hdf5', 'weights.h5', weights('h5'), 'arrays.js', 'rec,head'),
    one('nam', 'amp.nam', amplifier('nam-8'), 'amplifier.js'),
    one('guitarml', 'guitarml.json', amplifier('guitarml-lstm'), 'amplifier.js'),
    one('rtneural', 'rtneural.json', amplifier('rtneural-lstm'), 'amplifier.js'),
  ];
}

/** Holds the modules of dist/ that opening a file has loaded to its own reader, with none of what others need. */
export function expectOwnReader(loaded: readonly string[], { reader }: ReaderFile): void {
  expect(loaded.filter((name) => READERS.includes(name))).toEqual(reader ? [reader] : []);
  const others = reader === 'onnx.js' || reader === 'keras.js' ? /^(audio|train|ort|sequence|parallel)/ : /^graph/;
  expect(loaded.filter((name) => others.test(name))).toEqual([]);
  // An LSTM and a Dense are no rare layers.
  expect(loaded).not.toContain('keras-rare.js');
}
