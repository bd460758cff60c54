/** The compiled modules: what they import, what they export, how large they are, what the compiler left of the helpers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createDebugEngine } from '../../bindings/debug.js';
import type { Kernels } from '../../bindings/engine/abi.js';
import { parse, ROOT, sourcesOf } from './import-graph.js';

/** Each module: the list of its exports, and the bytes it may have. */
const MODULES = [
  { name: 'kernels', abi: exportsOf('assembly/index.ts'), budget: 24 * 1024 },
  { name: 'train', abi: exportsOf('assembly/train.ts'), budget: 24 * 1024 },
  { name: 'graph', abi: exportsOf('assembly/graph.ts'), budget: 16 * 1024 },
  { name: 'spectra', abi: exportsOf('assembly/spectra.ts'), budget: 8 * 1024 },
];

/** Names that an entry of assembly/ exports: they are the ABI. */
function exportsOf(entry: string): string[] {
  return parse(entry).statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
}

/** The functions of a file but those that the compiler puts in the place of each call, and never compiles as functions. */
function functionNames(path: string): string[] {
  return parse(path).statements.flatMap((s) =>
    ts.isFunctionDeclaration(s) && s.name && !isInline(s) ? [s.name.text] : [],
  );
}

function isInline(declaration: ts.FunctionDeclaration): boolean {
  return /^@inline$/m.test(declaration.getText());
}

/** Functions that stand in an inner loop, where a call costs more than what they do. */
const HELPERS = sourcesOf('assembly')
  .filter((path) => path.startsWith('lanes/') || path === 'abi.ts')
  .flatMap((path) => functionNames(`assembly/${path}`).map((name) => `assembly/${path.replace(/\.ts$/, '')}/${name}`))
  .filter((path) => !MODULES[0].abi.includes(path.slice(path.lastIndexOf('/') + 1)));

function compiledFunctions(build: string): string[] {
  const text = readFileSync(join(ROOT, `build/${build}.wat`), 'utf8');
  return [...text.matchAll(/^ \(func \$(\S+)/gm)].map(([, name]) => name);
}

const BUILDS = MODULES.flatMap((module) => ['simd', 'relaxed'].map((target) => ({ ...module, target })));

describe.each(BUILDS)('$name, build $target:', ({ name, abi, budget, target }) => {
  const build = `${name}.${target}`;
  const bytes = readFileSync(join(ROOT, `build/${build}.wasm`));
  const module = new WebAssembly.Module(bytes);

  it('imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('exports the functions of the ABI and nothing else', () => {
    const exports = WebAssembly.Module.exports(module);
    expect(exports.filter(({ kind }) => kind !== 'function')).toEqual([]);
    expect(exports.map(({ name }) => name).sort()).toEqual([...abi].sort());
  });

  it(`has at most ${budget} bytes`, () => {
    console.log(`${build}.wasm: ${bytes.length} bytes`);
    expect(bytes.length).toBeLessThanOrEqual(budget);
  });

  it('has no helper left as a function', () => {
    const functions = compiledFunctions(build);
    expect(functions.length).toBeGreaterThanOrEqual(abi.length);
    expect(functions.filter((name) => HELPERS.includes(name))).toEqual([]);
  });
});

describe('the debug build', () => {
  it('has every helper that the release builds must not have', () => {
    expect(HELPERS).toContain('assembly/abi/floats');
    expect(HELPERS).toContain('assembly/lanes/exp2/remainder4');
    const compiled = MODULES.flatMap(({ name }) => compiledFunctions(`${name}.debug`));
    expect(compiled).toEqual(expect.arrayContaining(HELPERS));
  });

  it('keeps the messages of each module apart, in the addresses that the arena leaves unused', () => {
    const taken = MODULES.flatMap(({ name }) => {
      const text = readFileSync(join(ROOT, `build/${name}.debug.wat`), 'utf8');
      const starts = [...text.matchAll(/^ \(data \$\d+ \(i32\.const (\d+)\)/gm)].map(([, start]) => Number(start));
      // No message has 500 bytes.
      return [{ from: Math.min(...starts), to: Math.max(...starts) + 500 }];
    });
    taken.sort((a, b) => a.from - b.from);
    taken.forEach(({ to }, i) => {
      expect(to).toBeLessThanOrEqual(taken[i + 1]?.from ?? 16384);
    });
  });

  const { kernels } = createDebugEngine();
  const broken: [string, (k: Kernels) => void, RegExp][] = [
    ['rows', (k) => k.affine(16384, 24576, 49152, 1, 12, 4, 16, 4), /gemm: rows must be a multiple of \d+/],
    ['cols', (k) => k.affine(16384, 24576, 49152, 1, 48, 3, 48, 4), /gemm: cols and strides must be multiples of 4/],
    ['alignment', (k) => k.affine(16388, 24576, 49152, 1, 48, 4, 48, 4), /gemm: pointers must be 16-byte aligned/],
  ];

  it.each(broken)('says which precondition of gemm was broken, and where: %s', (_, call, message) => {
    expect(() => call(kernels)).toThrow(message);
    expect(() => call(kernels)).toThrow(/assembly\/linear\/gemm\.ts/);
  });

  it('says so of the other kernels', () => {
    expect(() => kernels.tanhMap(16384, 16384, 3)).toThrow(
      /tanhMap: .* size a multiple of 4 .*assembly\/lanes\/map\.ts/,
    );
    expect(() => kernels.cellStep(16388, 0, 16384, 16384, 16384, 0, 16384, 0, 0, 1, 1, 1, 0)).toThrow(
      /cellStep: .* 16-byte aligned .*assembly\/cells\/recurrence\.ts/,
    );
  });

  it('is silent where the preconditions hold', () => {
    expect(() => kernels.affine(16384, 24576, 49152, 1, 48, 4, 48, 4)).not.toThrow();
  });
});
