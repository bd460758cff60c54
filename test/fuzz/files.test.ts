/** Damaged files of the formats behind hiddenstate/files, and of what none of them is. */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8 } from 'fflate';
import { expect, test } from 'vitest';
import { loadAmplifier } from '../../bindings/formats/amplifier/index.js';
import { readHdf5, readNumpy } from '../../bindings/formats/arrays/index.js';
import { identify } from '../../bindings/formats/files/index.js';
import { readTorch } from '../../bindings/formats/torch/index.js';
import { createEngine } from '../../bindings/index.js';
import { bytesOf, caseNamed } from '../keras/cases.js';
import { torchCases } from '../torch/cases.js';
import { COUNT, type Reader, TIMEOUT, tryReader } from './trial.js';

const engine = createEngine();

const checkpoints = torchCases().flatMap(({ cases }) => cases);
const isZip = (file: Uint8Array) => file[0] === 0x50;
const zipped = checkpoints.filter(({ file }) => isZip(file)).map(({ file }) => file);
const pickled = checkpoints.filter(({ file }) => !isZip(file)).map(({ file }) => file);

const arrays: { name: string; file: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../files/arrays.json'), 'utf8'),
);
const arraysNamed = (name: RegExp) => arrays.filter((each) => name.test(each.name)).map(({ file }) => bytesOf(file));
const amplifiers: { file: object }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../amplifier/cases-torch.json'), 'utf8'),
);
const captures = amplifiers.map(({ file }) => strToU8(JSON.stringify(file)));
const weights = bytesOf(caseNamed('LSTM, Keras 2').files.h5);

/** A command that a pickle would run, were any run. */
const canary = join(tmpdir(), `hiddenstate-fuzz-canary-${process.pid}`);
const program = strToU8(`cos\nsystem\n(S'touch ${canary}'\ntR.`);

const READERS: readonly Reader[] = [
  { name: 'readTorch of zip', who: /^readTorch: /, seeds: zipped, read: (file) => void readTorch(file) },
  {
    name: 'readTorch of records of zip',
    who: /^readTorch: /,
    seeds: zipped,
    signatures: ['PK'],
    read: (file) => void readTorch(file),
  },
  {
    name: 'readTorch of pickles',
    who: /^readTorch: /,
    seeds: [...pickled, program],
    read: (file) => void readTorch(file),
  },
  {
    name: 'readTorch of names in pickles',
    who: /^readTorch: /,
    seeds: pickled,
    signatures: ['c', 'R', 'X', 'q', 'Q', 't', 'h'],
    read: (file) => void readTorch(file),
  },
  { name: 'readNumpy', who: /^readNumpy: /, seeds: arraysNamed(/np[yz]/), read: (file) => void readNumpy(file) },
  {
    name: 'readNumpy of records',
    who: /^readNumpy: /,
    seeds: arraysNamed(/npz/),
    signatures: ['PK', 'NUMPY'],
    read: (file) => void readNumpy(file),
  },
  {
    name: 'readHdf5',
    who: /^readHdf5: /,
    seeds: [...arraysNamed(/hdf5/), weights],
    read: (file) => void readHdf5(file),
  },
  {
    name: 'readHdf5 of records',
    who: /^readHdf5: /,
    seeds: [...arraysNamed(/hdf5/), weights],
    signatures: ['TREE', 'HEAP', 'SNOD', 'HDF'],
    read: (file) => void readHdf5(file),
  },
  {
    name: 'loadAmplifier',
    who: /^(loadAmplifier|LSTM|GRU|Linear|Sequential)[ .:]/,
    seeds: captures,
    read: (file) => loadAmplifier(file, { engine }).model.dispose(),
  },
  {
    name: 'identify',
    who: /^never$/,
    seeds: [...zipped, ...pickled, ...captures, weights],
    read(file) {
      const { runs, problems } = identify(file);
      if (runs !== (problems.length === 0)) throw new Error('identify: got problems of a file that runs');
    },
  },
];

test.each(READERS)(`$name bears ${COUNT} damaged files`, { timeout: TIMEOUT }, async (reader) => {
  rmSync(canary, { force: true });
  const { read, refused, slowest } = await tryReader(reader, engine);
  console.log(`${reader.name}: ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms`);
  expect(read + refused).toBeGreaterThanOrEqual(COUNT);
  expect(existsSync(canary)).toBe(false);
});
