/** bindings/engine/abi.ts says in TypeScript what assembly/ says in AssemblyScript: here the two are compared. */
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as abi from '../../bindings/engine/abi.js';
import { BUILDS } from '../support/builds.js';
import { parse } from './import-graph.js';

interface Signature {
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly result: string;
}

function signatureOf(node: ts.FunctionDeclaration | ts.MethodSignature): Signature {
  return {
    parameters: node.parameters.map(({ name, type }) => ({ name: name.getText(), type: type?.getText() ?? '' })),
    result: node.type?.getText() ?? '',
  };
}

function functionIn(path: string, name: string): Signature {
  const found = parse(path).statements.find((s) => ts.isFunctionDeclaration(s) && s.name?.text === name);
  if (!found) throw new Error(`${path}: no function ${name}`);
  return signatureOf(found as ts.FunctionDeclaration);
}

/** What assembly/index.ts exports, which is nothing but a list. */
function kernelExports(): Map<string, Signature> {
  const kernels = new Map<string, Signature>();
  for (const statement of parse('assembly/index.ts').statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) {
      throw new Error(`assembly/index.ts: got ${statement.getText()}, expected export { … } from '…'`);
    }
    const path = `${join('assembly', (statement.moduleSpecifier as ts.StringLiteral).text)}.ts`;
    for (const { name, propertyName } of statement.exportClause.elements) {
      kernels.set(name.text, functionIn(path, (propertyName ?? name).text));
    }
  }
  return kernels;
}

function kernelsInterface(): Map<string, Signature> {
  const found = parse('bindings/engine/abi.ts').statements.find(
    (s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === 'Kernels',
  );
  const methods = found?.members.filter(ts.isMethodSignature) ?? [];
  expect(methods.length).toBe(found?.members.length);
  return new Map(methods.map((method) => [method.name.getText(), signatureOf(method)]));
}

function enumIn(path: string, name: string): Record<string, number> {
  const found = parse(path).statements.find(
    (s): s is ts.EnumDeclaration => ts.isEnumDeclaration(s) && s.name.text === name,
  );
  if (!found) throw new Error(`${path}: no enum ${name}`);
  return Object.fromEntries(found.members.map((m) => [m.name.getText(), Number(m.initializer?.getText())]));
}

const kernels = kernelExports();
const mirror = kernelsInterface();

describe('the ABI', () => {
  it('has the same kernels on both sides', () => {
    expect(kernels.size).toBeGreaterThan(0);
    expect([...mirror.keys()].sort()).toEqual([...kernels.keys()].sort());
  });

  it.each([...kernels.keys()])('%s: has the same parameters in the same order, the same result', (name) => {
    const { parameters, result } = kernels.get(name) as Signature;
    const mirrored = mirror.get(name) as Signature;
    expect(mirrored.parameters.map((p) => p.name)).toEqual(parameters.map((p) => p.name));
    for (const { type } of mirrored.parameters) expect(type).toMatch(/^(number|Cell)$/);
    expect(mirrored.result).toBe(result === 'void' ? 'void' : 'number');
  });

  it.each([...kernels])('%s: takes pointers, then counts, and gives nothing or an i32', (_, { parameters, result }) => {
    expect(parameters.map(({ type }) => type).join(' ')).toMatch(/^(usize ?)*(i32 ?)*$/);
    expect(result).toMatch(/^(void|i32)$/);
  });

  it('has the same sizes and cells', () => {
    const numbers = Object.entries(abi).filter(([, value]) => typeof value === 'number');
    expect(Object.fromEntries(numbers)).toEqual(enumIn('assembly/abi.ts', 'Size'));
    expect(abi.Cell).toEqual(enumIn('assembly/abi.ts', 'Cell'));
  });

  // Not the debug build: the loader wraps its functions in ones that take any number of arguments.
  it.each(BUILDS.filter(({ name }) => name !== 'debug'))('is what the $name build takes', ({ create }) => {
    const compiled = create().kernels as unknown as Record<string, unknown>;
    for (const [name, { parameters }] of kernels) {
      expect(compiled[name], name).toBeTypeOf('function');
      expect((compiled[name] as () => void).length, name).toBe(parameters.length);
    }
  });
});
