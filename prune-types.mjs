/** Drops from declarations what no program of a user's can come to. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * Keeps what the entries export, what that names, and so on. Files of which nothing is left are removed.
 *
 * @param folder with the declarations
 * @param entries the files that users import
 */
export function pruneTypes(folder, entries) {
  const program = ts.createProgram(entries, { module: ts.ModuleKind.NodeNext, types: [] });
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${folder}/`));

  /** The statements that declare what a name stands for, of whatever file it was imported from. */
  function statementsOf(symbol) {
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declarations = target?.declarations ?? [];
    if (declarations.some(ts.isSourceFile)) return checker.getExportsOfModule(target).flatMap(statementsOf);
    return declarations.map(statementOf);
  }

  const kept = new Set(files.flatMap(({ statements }) => statements.filter(isUnnamed)));
  for (const entry of entries) {
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)));
    for (const statement of exported.flatMap(statementsOf)) kept.add(statement);
  }
  // The set grows while it is walked.
  for (const statement of kept) {
    for (const name of identifiersIn(statement)) {
      for (const each of statementsOf(checker.getSymbolAtLocation(name))) kept.add(each);
    }
  }

  const isListed = ({ name }) => statementsOf(checker.getSymbolAtLocation(name)).some((each) => kept.has(each));
  const isLeft = (statement) => {
    if (!isImportOrExport(statement)) return kept.has(statement);
    const list = listOf(statement);
    if (list) return list.elements.length === 0 || list.elements.some(isListed);
    const [target] = checker.getSymbolAtLocation(statement.moduleSpecifier)?.declarations ?? [];
    return target !== undefined && hasContent(target);
  };
  const hasContent = ({ statements }) =>
    statements.some((each) => !ts.isImportDeclaration(each) && !isEmptyExport(each) && isLeft(each));

  for (const name of readdirSync(folder, { recursive: true }).filter((each) => each.endsWith('.d.ts'))) {
    const path = join(folder, name);
    const file = program.getSourceFile(path);
    if (entries.includes(path) || (file && hasContent(file))) {
      const texts = file.statements.filter(isLeft).map((each) => textOf(file, each, isListed));
      writeFileSync(path, `${texts.join('').trimStart()}\n`);
    } else rmSync(path);
  }
}

/** What stands for itself: `declare global`, and `export default`. */
function isUnnamed(statement) {
  return ts.isModuleDeclaration(statement) || ts.isExportAssignment(statement);
}

function isImportOrExport(statement) {
  return ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
}

/** `export {}`, which only says that a file is a module. */
function isEmptyExport(statement) {
  return ts.isExportDeclaration(statement) && listOf(statement)?.elements.length === 0;
}

/** The names in braces of an import or export, if it has braces. */
function listOf(statement) {
  const list = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
  return list?.elements ? list : undefined;
}

/** The statement of a file that a node is in. */
function statementOf(node) {
  return ts.isSourceFile(node.parent) ? node : statementOf(node.parent);
}

function identifiersIn(node) {
  const found = [];
  const visit = (each) => {
    if (ts.isIdentifier(each)) found.push(each);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

/** A statement, with those names of a list that are left. */
function textOf(file, statement, isListed) {
  const text = statement.getFullText(file);
  const list = isImportOrExport(statement) ? listOf(statement) : undefined;
  if (!list || list.elements.every(isListed)) return text;
  const names = list.elements.filter(isListed).map((each) => each.getText(file));
  const [begin, end] = [list.getStart(file) - statement.pos, list.end - statement.pos];
  return `${text.slice(0, begin)}{ ${names.join(', ')} }${text.slice(end)}`;
}
