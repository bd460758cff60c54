/** How code that a page or a docstring shows becomes a program: where it lies, how it is type-checked, and what is run. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { ROOT } from '../structure/import-graph.js';
import type { Setting } from './settings.js';

/** A new folder under build/: inside the repository, where `hiddenstate` is the package itself, as it is built. */
export function emptyFolder(name: string): string {
  const folder = join(ROOT, 'build', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Readies a folder as that of a reader who has installed what the code names and has the files it reads. */
export function furnish(folder: string, files: Setting['files'] = {}): void {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content());
  }
}

/** Writes a program twice: `NAME.mts` to be type-checked, `NAME.mjs` to be run. */
export function writeProgram(folder: string, name: string, code: string, runnable = code): void {
  writeFileSync(join(folder, `${name}.mts`), `${code}\nexport {};\n`);
  writeFileSync(join(folder, `${name}.mjs`), transformSync(runnable, { loader: 'ts', target: 'node20' }).code);
}

/** What the compiler says against programs that see the package as its users do; empty if nothing. */
export function typeErrors(paths: readonly string[], folder: string, options: ts.CompilerOptions = {}): string {
  const program = ts.createProgram(paths, {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    ...options,
  });
  const host = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => '\n',
  };
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host);
}
