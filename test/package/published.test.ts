/** What is published: the files, and what the linters of packages say about them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { decode } from '@jridgewell/sourcemap-codec';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ENTRIES,
  fileOf,
  KERNELS,
  PROCESSOR,
  PROCESSOR_PIECES,
  packageExports,
  ROOMS,
  typesVersions,
} from '../../entries.mjs';
import { importsOf, ROOT } from '../structure/import-graph.js';
import { installConsumers, pack, temporaryFolder } from './pack.js';

/** The files of code, of which the one that measures stays here. */
const CODE = [
  // Of the command line, each command, and what several of them have.
  ...readdirSync(join(ROOT, 'dist')).flatMap((name) => /^(cli-.*)\.js$/.exec(name)?.[1] ?? []),
  ...['core', 'index', 'library', 'shared', ...ROOMS.map(fileOf)].filter((name) => name !== 'measure'),
  // What openModel loads when it meets a file of the kind.
  ...['open-amplifier', 'open-layers', 'sequential-model'].map((name) => `readers-shared-${name}`),
  // What loadKeras loads when a model has a rarer layer or operation.
  'keras-rare',
  // What rooms share, and packages that have a file of their own.
  ...['archive', 'fetch', 'files', 'forecast', 'graph', 'hdf5', 'onnx', 'parallel', 'readers'].map(
    (name) => `${name}-shared`,
  ),
  ...['fflate', 'ml-matrix'],
  // What hiddenstate/train exports lies apart from what fit loads when it is called.
  ...['train-index', 'train-run-fit', 'train-open-shards'],
  // Of hiddenstate/audio, what a page may not need; of hiddenstate/worklet, what it loads for a kind of node.
  ...['amplifier', 'bessel', 'checks', 'inverse-stft', 'mel-spectrogram', 'mfcc', 'spectral-model', 'stft'].map(
    (name) => `audio-${name}`,
  ),
  ...['audio-stft-options', 'audio-vad', 'audio-vad-options', 'audio-vad-pool', 'worklet-save-layers'],
  ...PROCESSOR_PIECES.map((piece) => `${fileOf(PROCESSOR)}-${piece}-text`),
];

/** Of the command line, which has no source maps. */
const isProgram = (name: string) => /^cli(-|$)/.test(name);

const FILES = [
  ...['LICENSE', 'package.json', 'dist/THIRD-PARTY-LICENSES'],
  ...['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md'],
  ...CODE.map((name) => `dist/${name}.js`),
  // The command line is a program, which nobody debugs through.
  ...CODE.filter((name) => !isProgram(name)).map((name) => `dist/${name}.js.map`),
  ...KERNELS.map((name) => `dist/${name}`),
  `dist/${fileOf(PROCESSOR)}.js`,
  ...declarations(),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
].sort();

/** The declarations that a compiler reads of all entries: what none leads to has no use. */
function declarations(): string[] {
  const entries = Object.values<string | { types: string }>(packageExports());
  const paths = entries.flatMap((entry) => (typeof entry === 'string' ? [] : [join(ROOT, entry.types)]));
  const program = ts.createProgram(paths, { module: ts.ModuleKind.NodeNext, types: [] });
  const files = program.getSourceFiles().map(({ fileName }) => relative(ROOT, fileName));
  return files.filter((path) => path.startsWith('dist/'));
}

function lineOf(text: string, what: RegExp): number {
  return text.split('\n').findIndex((line) => what.test(line));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('the package', { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const tarball = pack(folder.path);

  it('has exactly the files it should have', () => {
    console.log(`package: ${tarball.files.length} files, ${tarball.size} bytes packed`);
    expect(tarball.files).toEqual(FILES);
  });

  // 0.8 MB of it is the worklet, whose processor is whole in itself, with its pieces as texts beside.
  it('is light: at most two further packages, and 4 MB in all', () => {
    installConsumers(folder.path, tarball);
    const modules = join(folder.path, 'node_modules');
    const entries = readdirSync(modules, { recursive: true, encoding: 'utf8', withFileTypes: true });
    const bytes = entries
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)));
    const total = bytes.reduce((sum, { size }) => sum + size, 0);
    const { packages } = JSON.parse(readFileSync(join(folder.path, 'package-lock.json'), 'utf8'));
    const names = Object.keys(packages).filter((name) => name !== '' && name !== 'node_modules/hiddenstate');
    console.log(`npm i hiddenstate: ${names.length} further packages, ${total} bytes in all`);
    expect(names.length).toBeLessThanOrEqual(2);
    expect(total).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(readdirSync(join(modules, '.bin'))).toEqual(['hiddenstate']);
    expect(entries.filter(({ name }) => name.endsWith('.node'))).toEqual([]);
  });

  it('has the licence of every package whose code is in it', () => {
    const licences = read('dist/THIRD-PARTY-LICENSES');
    const sources = CODE.filter((name) => !isProgram(name)).flatMap(
      (name): string[] => JSON.parse(read(`dist/${name}.js.map`)).sources,
    );
    const inMaps = sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
    const { devDependencies } = JSON.parse(read('package.json'));
    const imported = importsOf('bindings').filter(({ bare, typeOnly }) => bare && !typeOnly);
    const direct = imported.map(({ to }) => to).filter((to) => to in devDependencies);
    expect(inMaps).toContain('onnxruntime-common');
    expect(direct).toContain('csv-parse');
    // Optional peers are the user's own copies: nothing of them is in it.
    const peers = Object.keys(JSON.parse(read('package.json')).peerDependencies ?? {});
    const inside = [...inMaps, ...direct].filter((name) => !peers.includes(name));
    const missing = new Set(inside.filter((name) => !licences.includes(`\n${name} `)));
    expect([...missing]).toEqual([]);
    for (const part of licences.split('-'.repeat(80)).slice(1)) {
      expect(part, part.slice(0, 80)).toMatch(/permission|redistribution|public domain/i);
    }
  });

  it('is readable: code of many lines, short but for the kernels', () => {
    // But for texts, which are served as they are.
    for (const name of CODE.filter((each) => !each.endsWith('-text'))) {
      const lines = read(`dist/${name}.js`).split('\n');
      const long = lines.filter((line) => line.length > 4000 && !/= "[0-9a-f]+";$/.test(line));
      expect(
        long.map((line) => line.slice(0, 80)),
        name,
      ).toEqual([]);
    }
  });

  it('has source maps that lead from a line to ours', () => {
    const { sources, mappings } = JSON.parse(read('dist/library.js.map'));
    const line = lineOf(read('dist/library.js'), /\bclass LSTM /);
    const [[, source, sourceLine]] = decode(mappings)[line] as [number, number, number, number][];
    expect(sources[source]).toMatch(/bindings\/layers\/lstm\.ts$/);
    expect(sourceLine).toBe(lineOf(read('bindings/layers/lstm.ts'), /\bclass LSTM /));
  });

  it('exports every entry of entries.mjs, also to compilers that know no exports', () => {
    const manifest = JSON.parse(read('package.json'));
    expect({ ...manifest.exports }, 'node build-entries.mjs').toEqual(packageExports());
    expect(manifest.typesVersions).toEqual(typesVersions());
    for (const path of [manifest.main, manifest.types]) expect(tarball.files).toContain(path.slice(2));
  });

  it('has declarations that TypeScript before 5.7 reads, and that lead to no package', () => {
    for (const path of tarball.files.filter((file) => file.endsWith('.d.ts'))) {
      // The examples in comments import the package itself.
      const code = read(path).replace(/\/\*[\s\S]*?\*\//g, '');
      expect(code, path).not.toMatch(/Array<ArrayBuffer|from ['"](?!\.)/);
    }
  });

  it('has every page that README and docs link to', () => {
    for (const page of tarball.files.filter((file) => /^(README|docs\/.*)\.md$/.test(file))) {
      const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link]) =>
        relative(ROOT, resolve(ROOT, page, '..', link)),
      );
      // What is of the repository alone: measurements, models, the tests.
      const inside = links.filter((link) => !/^(bench|models|test|assembly|bindings|examples|site)(\/|$)/.test(link));
      expect(
        inside.filter((link) => !tarball.files.includes(link)),
        page,
      ).toEqual([]);
    }
  });

  it('shares functions between its entries, and of classes only those that make no side effect', () => {
    const shared = read('dist/shared.js');
    const classes = [...shared.matchAll(/^(?:const \w+ = .*)?class (\w+)/gm)].map(([, name]) => name);
    expect(classes).toEqual([
      ...['HiddenstateError', 'Arena', 'Engine', 'Slabs', 'JsonCursor', 'CellWeights'],
      ...['PoolStage', 'RecurrentStage', 'Stream', 'Workspace'],
    ]);
  });

  it('is ASCII but for patterns of dates, so that V8 keeps a file in a byte a character', () => {
    const code = tarball.files.filter((name) => name.endsWith('.js'));
    expect(code.length).toBeGreaterThan(50);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is meant
    expect(code.filter((name) => /[^\x00-\x7f]/.test(read(name)))).toEqual(['dist/forecast-shared.js']);
  });

  it('has nothing for publint to say', async () => {
    installConsumers(folder.path, tarball);
    const pkgDir = join(folder.path, 'node_modules/hiddenstate');
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that are right in every resolution of ES modules', async () => {
    const tar = createPackageFromTarballData(new Uint8Array(readFileSync(tarball.path)));
    // Bytes have no types; everything else must resolve to some.
    const excludeEntrypoints = FILES.filter((name) => name.endsWith('.wasm')).map((name) => name.slice('dist/'.length));
    const checked = await checkPackage(tar, { excludeEntrypoints });
    if (!checked.types) throw new Error('no types were found');
    // To CommonJS, and to Node before version 12, it does not offer itself.
    const others = ['node10', 'node16-cjs'];
    const problems = checked.problems.filter(
      (problem) => !('resolutionKind' in problem && others.includes(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
    const entries = Object.keys(ENTRIES).filter((entry) => !entry.includes('*'));
    expect(Object.keys(checked.entrypoints)).toEqual(
      expect.arrayContaining(['.', ...entries.map((name) => `./${name}`)]),
    );
  });
});
