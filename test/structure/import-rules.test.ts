/** The house has floors: an import may lead down and sideways, never up. What is not allowed here is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROCESSOR_PIECES } from '../../entries.mjs';
import { cycles, type Edge, importsOf, ROOT, reachable, sourcesOf } from './import-graph.js';

type Rules = Readonly<Record<string, readonly string[]>>;

function sourceOf(path: string): string {
  return readFileSync(join(ROOT, 'bindings', path), 'utf8');
}

/** The part of the house a file belongs to: its folder, or its own name at the top. */
function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '');
}

function breaches(edges: readonly Edge[], rules: Rules): string[] {
  return edges
    .filter(({ from, to, bare }) => {
      const room = roomOf(from);
      const target = bare ? to.replace(/^node:.*/, 'node:') : roomOf(to);
      return target !== room && !(rules[room] ?? []).includes(target);
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

const ASSEMBLY: Rules = {
  index: ['build', 'cells', 'linear', 'lanes'],
  train: ['build', 'learning', 'linear', 'lanes'],
  graph: ['cells', 'tensors'],
  spectra: ['abi', 'lanes'],
  tensors: ['abi', 'lanes'],
  learning: ['abi', 'cells', 'linear', 'lanes'],
  cells: ['abi', 'linear', 'lanes'],
  linear: ['abi', 'lanes'],
  lanes: ['abi'],
  build: [],
  abi: [],
};

const TEXTS = ['text', 'nearest'];
const GROUND = [
  'describe-value',
  'errors',
  'tensor',
  'options',
  'random',
  'manual-seed',
  'streaming',
  'dispose-symbol',
];

const BINDINGS: Rules = {
  index: ['core', 'engine'],
  core: ['layers', 'weights', 'engine', ...GROUND],
  layers: ['cells', 'weights', 'engine', ...GROUND],
  cells: ['weights', 'engine', ...GROUND],
  weights: ['engine', ...GROUND],
  engine: ['kernels.simd.wasm', 'kernels.relaxed.wasm', ...GROUND],
  errors: [],
  'describe-value': [],
  tensor: ['describe-value', 'errors'],
  options: ['describe-value', 'errors'],
  random: [],
  text: [],
  nearest: [],
  'manual-seed': ['options', 'random'],
  streaming: ['errors', 'options', 'tensor', 'dispose-symbol'],
  'dispose-symbol': [],
  debug: [
    'engine',
    'fflate',
    'kernels.debug.wasm',
    'train.debug.wasm',
    'graph.debug.wasm',
    'spectra.debug.wasm',
    '@assemblyscript/loader',
  ],
  // Fourier transforms, for graphs and for what makes features of sound.
  spectra: ['engine', 'spectra.simd.wasm', 'spectra.relaxed.wasm', ...GROUND],
  // The graph runtime is handed its engine: of the classes of the library it uses types alone.
  graph: ['cells', 'spectra', 'weights', 'engine', 'graph.simd.wasm', 'graph.relaxed.wasm', ...GROUND],
  sequence: ['index', 'train', 'ml-matrix', ...GROUND],
  forecast: ['index', 'sequence', ...TEXTS, ...GROUND],
  train: [
    'index',
    'parallel',
    'layers',
    'cells',
    'weights',
    'engine',
    'train.simd.wasm',
    'train.relaxed.wasm',
    ...GROUND,
  ],
  formats: ['graph', 'spectra', 'cells', 'weights', 'index', 'fflate', 'onnxruntime-common', ...GROUND],
  audio: ['formats', 'graph', 'parallel', 'spectra', 'index', ...GROUND],
  keyed: ['weights', 'ioredis', 'redis', 'node:', ...GROUND],
  worklet: [
    'audio',
    'formats',
    'parallel',
    'index',
    ...PROCESSOR_PIECES.map((piece) => `hiddenstate-processor-${piece}`),
    ...GROUND,
  ],
  'train-node': ['node:', ...GROUND],
  // Its worker is a file of its own.
  parallel: ['index', ...GROUND],
  // These two are bundled apart from the library: what has classes they take from index, so that there is one set of them.
  measure: ['index', 'node:', ...GROUND],
  cli: [
    'index',
    'audio',
    'forecast',
    'formats',
    'graph',
    'keyed',
    'sequence',
    'train',
    'measure',
    'node:',
    'csv-parse',
    'd3-scale',
    'd3-shape',
    'ml-matrix',
    'prom-client',
    ...TEXTS,
    ...GROUND,
  ],
};

describe.each([
  ['assembly', ASSEMBLY],
  ['bindings', BINDINGS],
] as const)('imports of %s', (folder, rules) => {
  const edges = importsOf(folder);

  it('are found at all', () => {
    expect(edges.length).toBeGreaterThan(sourcesOf(folder).length);
  });

  it('begin in rooms that have a rule', () => {
    expect([...new Set(sourcesOf(folder).map(roomOf))].sort()).toEqual(Object.keys(rules).sort());
  });

  it('follow the rules', () => {
    expect(breaches(edges, rules)).toEqual([]);
  });

  it('lead to files that exist', () => {
    const files = new Set(sourcesOf(folder));
    expect(edges.filter(({ bare, to }) => !bare && !files.has(to)).map(({ from, to }) => `${from} → ${to}`)).toEqual(
      [],
    );
  });

  it('never run in a circle, those of types included', () => {
    expect(cycles(edges)).toEqual([]);
  });
});

describe('imports of the shipped entries', () => {
  const edges = importsOf('bindings');

  it('lead from train to no class that index has too, but through index', () => {
    const values = edges.filter(({ from, to, typeOnly }) => !typeOnly && to !== 'index.ts' && from !== 'index.ts');
    const inside = [...reachable(values, 'train/index.ts')].filter((path) => !path.startsWith('train/'));
    const library = reachable(edges, 'index.ts');
    expect(inside).toContain('weights/packing.ts');
    // Of errors.ts there is one copy for all entries, in shared.js.
    expect(
      inside.filter(
        (path) => library.has(path) && path !== 'errors.ts' && /^(export )?(abstract )?class /m.test(sourceOf(path)),
      ),
    ).toEqual([]);
  });

  it('lead from keyed to nothing that only Node has: its log in memory runs in browsers', () => {
    const inside = reachable(edges, 'keyed/index.ts');
    const packages = edges.filter(({ from, bare }) => bare && inside.has(from));
    expect(packages).toEqual([]);
  });

  it('lead from core to no package at all', () => {
    const inside = reachable(edges, 'core.ts');
    // The bundler takes the embedded kernels out.
    const packages = edges.filter(({ from, to, bare }) => bare && !to.endsWith('.wasm') && inside.has(from));
    expect(packages).toEqual([]);
  });
});
