/** The classes and functions that users of the package meet, and the examples in their docstrings. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../structure/import-graph.js';

export interface PublicName {
  /** What it is exported as. */
  readonly name: string;
  /** `bindings/layers/lstm.ts:22`: where it is declared first. */
  readonly place: string;
  /** The text under each `@example` of its docstrings. Overloads share one example. */
  readonly examples: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The sources of all entries that have declarations. */
const ENTRIES = Object.values<string | { types: string }>(manifest.exports).flatMap((entry) => {
  if (typeof entry === 'string') return [];
  return [join(ROOT, entry.types.replace('./dist/types', 'bindings').replace(/\.d\.ts$/, '.ts'))];
});

/** Every class and function that an entry exports, once each. Classes of which only the type is exported are met as well: `Stream`. */
export function publicNames(): PublicName[] {
  const program = ts.createProgram(ENTRIES, { noLib: true, types: [], module: ts.ModuleKind.ESNext }, ownFilesOnly());
  const checker = program.getTypeChecker();
  const exported = ENTRIES.flatMap((path) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile);
    return module ? checker.getExportsOfModule(module) : [];
  });
  const names = new Map<ts.Symbol, string>();
  for (const symbol of exported) {
    const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    names.set(declared, symbol.name);
  }
  return [...names].flatMap(([symbol, name]) => described(symbol, name));
}

/** A host that follows relative imports alone: to find our names, nobody needs the declarations of other packages. */
function ownFilesOnly(): ts.CompilerHost {
  return {
    ...ts.createCompilerHost({}),
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => {
        const resolvedFileName = join(dirname(from), text.replace(/\.js$/, '.ts'));
        const found = text.startsWith('.') && ts.sys.fileExists(resolvedFileName);
        return { resolvedModule: found ? { resolvedFileName, extension: ts.Extension.Ts } : undefined };
      }),
  };
}

function described(symbol: ts.Symbol, name: string): PublicName[] {
  const declarations = (symbol.declarations ?? []).filter(
    (each) => ts.isClassDeclaration(each) || ts.isFunctionDeclaration(each),
  );
  if (declarations.length === 0) return [];
  const file = declarations[0].getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(declarations[0].getStart());
  const place = `${relative(ROOT, file.fileName)}:${line + 1}`;
  return [{ name, place, examples: declarations.flatMap(examplesOf) }];
}

function examplesOf(declaration: ts.Node): string[] {
  const tags = ts.getJSDocTags(declaration).filter(({ tagName }) => tagName.text === 'example');
  return tags.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '');
}
