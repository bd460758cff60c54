import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** One import, re-export or `import()` of one file. */
export interface Edge {
  /** The importing file, relative to the graph's folder. */
  readonly from: string;
  /** The imported file, relative to the same folder (`../…` outside of it), or the bare name of a package. */
  readonly to: string;
  readonly bare: boolean;
  /** Whether nothing of it is left when it runs. */
  readonly typeOnly: boolean;
}

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The paths of the TypeScript sources of a folder, relative to it. */
export function sourcesOf(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).sort();
}

/** The syntax tree of a file, its path relative to the root of the repository. */
export function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.ESNext, true);
}

/** Every edge that begins in a folder. */
export function importsOf(folder: string): Edge[] {
  return sourcesOf(folder).flatMap((from) => fileEdges(folder, from));
}

/** Everything that can be reached from a file, itself included. */
export function reachable(edges: readonly Edge[], start: string): Set<string> {
  const found = new Set([start]);
  for (const file of found) {
    for (const { from, to } of edges) if (from === file) found.add(to);
  }
  return found;
}

/** Chains of imports that lead back to their beginning; empty if there is none. */
export function cycles(edges: readonly Edge[]): string[][] {
  const files = [...new Set(edges.map(({ from }) => from))];
  return files.flatMap((file) => {
    const next = edges.filter(({ from }) => from === file).map(({ to }) => to);
    return next.filter((to) => reachable(edges, to).has(file)).map((to) => [file, to]);
  });
}

function fileEdges(folder: string, from: string): Edge[] {
  const edges: Edge[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier && ts.isStringLiteral(specifier)) edges.push(edge(folder, from, specifier.text, typeOnly));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(parse(join(folder, from)));
  return edges;
}

function edge(folder: string, from: string, specifier: string, typeOnly: boolean): Edge {
  if (!specifier.startsWith('.')) return { from, to: specifier, bare: true, typeOnly };
  const target = resolve(ROOT, folder, from, '..', specifier).replace(/\.js$/, '');
  const to = relative(join(ROOT, folder), target);
  return { from, to: `${to}.ts`, bare: false, typeOnly };
}
