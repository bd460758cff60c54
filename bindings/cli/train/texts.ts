import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Embedding, LastStep, Linear, Sequential } from '../../index.js';
import { seededRandom } from '../../random.js';
import { crossEntropy, type EpochReport, lanes, sequences } from '../../train/index.js';
import { CliError, describeSystemError } from '../cli-error.js';
import { readUpTo } from '../input-file.js';
import { counted, formatCount } from '../terminal/format.js';
import { makeCell } from './make-cell.js';
import { bestOf, runFit, type Trained, type TrainSettings } from './run-fit.js';
import { checkClasses, classLines } from './tabular.js';

/** Stands for characters that were not seen in training. */
const UNKNOWN = '\uFFFD';
const MOST_BYTES = 1 << 27;
/** Longer texts are learnt by their beginnings. */
const LONGEST = 400;
const LEAST = 1000;
const LEAST_ITEMS = 8;

/** A text and the folder or file whose name is its class. */
interface Labelled {
  readonly text: string;
  readonly label: string;
}

/** What a folder holds: classes if it has folders within it. */
export function hasFolders(folder: string): boolean {
  return entriesOf(folder).some(({ isFolder }) => isFolder);
}

/** Learns to go on with the texts of a folder, or with one file. */
export async function language(path: string, settings: TrainSettings): Promise<Trained> {
  const files = statSync(path).isDirectory() ? filesOf(path) : [path];
  const text = files.map(read).join('\n');
  const characters = Array.from(text);
  if (characters.length < LEAST) {
    throw new CliError(
      `${path}: got ${characters.length} characters in ${counted(files.length, 'file')}, expected at least ${LEAST}`,
    );
  }
  const cut = Math.floor(characters.length * (1 - settings.test));
  const vocabulary = [...new Set(characters.slice(0, cut))].sort();
  vocabulary.push(UNKNOWN);
  const places = new Map(vocabulary.map((character, i) => [character, i]));
  const indices = Float32Array.from(characters, (character) => places.get(character) ?? vocabulary.length - 1);
  const size = Math.min(settings.hidden, 64);
  const model = new Sequential([
    new Embedding({ numEmbeddings: vocabulary.length, embeddingDim: size, seed: settings.seed + 2 }),
    makeCell(size, settings),
    new Linear({ inFeatures: settings.hidden, outFeatures: vocabulary.length, seed: settings.seed + 1 }),
  ]);
  const lay = (from: number, to: number) => {
    const batch = Math.max(1, Math.min(settings.batch, Math.floor((to - from) / (2 * settings.steps))));
    return lanes(indices.subarray(from, to), {
      steps: Math.min(settings.steps, Math.floor((to - from - 1) / batch)),
      batch,
    });
  };
  const history = await runFit(model, lay(0, cut), lay(cut, characters.length), settings, crossEntropy(), []);
  const { validationLoss } = bestOf(history) as EpochReport & { validationLoss: number };
  const bits = history.map((each) => ({
    ...each,
    loss: each.loss / Math.LN2,
    validationLoss: (each.validationLoss ?? 0) / Math.LN2,
  }));
  const unseen = characters.slice(cut).filter((character) => !places.has(character)).length;
  return {
    model,
    metadata: { task: 'language', vocabulary: JSON.stringify(vocabulary), source: basename(path) },
    history: bits,
    lossName: 'bits a character',
    report: [
      `${formatCount(files.length)} files, ${formatCount(characters.length)} characters, ${formatCount(vocabulary.length)} different, ${formatCount(unseen)} of the held-out ones unseen`,
      `held out: ${(validationLoss / Math.LN2).toFixed(3)} bits a character`,
      `beside it: frequencies alone ${entropyOf(indices.subarray(0, cut), vocabulary.length).toFixed(3)}`,
      'hiddenstate generate MODEL writes with it',
    ],
  };
}

/** Learns which class a text is of: the name of its folder, or of its file whose lines are texts. */
export async function textClasses(folder: string, settings: TrainSettings): Promise<Trained> {
  const items = shuffled(labelled(folder), settings.seed);
  const classes = [...new Set(items.map(({ label }) => label))].sort();
  if (items.length < LEAST_ITEMS) {
    throw new CliError(
      `${folder}: got ${counted(items.length, 'text')}, expected at least ${LEAST_ITEMS} to learn from`,
    );
  }
  checkClasses(classes, items.length, folder);
  const cut = Math.floor(items.length * (1 - settings.test));
  const vocabulary = [...new Set(items.slice(0, cut).flatMap(({ text }) => Array.from(text)))].sort();
  vocabulary.push(UNKNOWN);
  const places = new Map(vocabulary.map((character, i) => [character, i]));
  const rows = items.map(({ text, label }) => ({
    input: Float32Array.from(Array.from(text), (character) => places.get(character) ?? vocabulary.length - 1),
    target: classes.indexOf(label),
  }));
  const size = Math.min(settings.hidden, 32);
  const model = new Sequential([
    new Embedding({ numEmbeddings: vocabulary.length, embeddingDim: size, seed: settings.seed + 2 }),
    makeCell(size, settings),
    new LastStep(),
    new Linear({ inFeatures: settings.hidden, outFeatures: classes.length, seed: settings.seed + 1 }),
  ]);
  const { batch, seed } = settings;
  const [known, held] = [rows.slice(0, cut), rows.slice(cut)];
  const history = await runFit(
    model,
    sequences(known, { batch, shuffle: seed }),
    sequences(held, { batch, bucket: true }),
    settings,
    crossEntropy(),
    ['accuracy', 'f1'],
  );
  return {
    model,
    metadata: { task: 'classification', vocabulary: JSON.stringify(vocabulary), classes: JSON.stringify(classes) },
    history,
    lossName: 'cross-entropy',
    report: [
      `${formatCount(items.length)} texts, ${formatCount(cut)} to learn from, the rest held out`,
      ...classLines(
        history,
        classes,
        Float32Array.from(held, ({ target }) => target),
      ),
    ],
  };
}

function labelled(folder: string): Labelled[] {
  const entries = entriesOf(folder);
  const folders = entries.filter(({ isFolder }) => isFolder);
  const texts =
    folders.length > 0
      ? folders.flatMap(({ path, name }) => filesOf(path).map((file) => ({ text: read(file), label: name })))
      : entries.flatMap(({ path, name }) =>
          read(path)
            .split('\n')
            .map((text) => ({ text, label: basename(name, extname(name)) })),
        );
  return texts
    .map(({ text, label }) => ({ text: Array.from(text.trim()).slice(0, LONGEST).join(''), label }))
    .filter(({ text }) => text !== '');
}

function filesOf(folder: string): string[] {
  const files = entriesOf(folder).flatMap(({ path, isFolder }) => (isFolder ? filesOf(path) : [path]));
  if (files.length > 0) return files;
  throw new CliError(`${folder}: got a folder without texts, expected files of text in UTF-8`);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ name: entry.name, path: join(folder, entry.name), isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new CliError(`cannot read ${folder}: ${describeSystemError(error as NodeJS.ErrnoException)}`);
  }
}

function read(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readUpTo(path, MOST_BYTES)).replaceAll('\r\n', '\n');
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${path}: got bytes that are no UTF-8, expected a text; convert it first, or move it elsewhere`);
  }
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Bits a symbol needs if nothing but its frequency is known. */
function entropyOf(indices: Float32Array, size: number): number {
  const counts = new Float64Array(size);
  for (const index of indices) counts[index]++;
  return counts.reduce(
    (sum, count) => (count > 0 ? sum - (count / indices.length) * Math.log2(count / indices.length) : sum),
    0,
  );
}
