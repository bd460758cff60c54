/** bindings/engine/abi.ts says in TypeScript what assembly/ says in AssemblyScript: here the two are compared. */
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Family } from '../../bindings/cells/general/activation-record.js';
import { Cell } from '../../bindings/cells/kind.js';
import type { Engine } from '../../bindings/core.js';
import * as abi from '../../bindings/engine/abi.js';
import { Pair } from '../../bindings/graph/abi.js';
import { graphKernels } from '../../bindings/graph/kernels.js';
import { spectraKernels } from '../../bindings/spectra/kernels.js';
import { trainKernels } from '../../bindings/train/kernels.js';
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

/** What an entry of assembly/ exports, which is nothing but a list. */
function kernelExports(entry: string): Map<string, Signature> {
  const kernels = new Map<string, Signature>();
  for (const statement of parse(entry).statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) {
      throw new Error(`${entry}: got ${statement.getText()}, expected export { … } from '…'`);
    }
    const path = `${join('assembly', (statement.moduleSpecifier as ts.StringLiteral).text)}.ts`;
    for (const { name, propertyName } of statement.exportClause.elements) {
      kernels.set(name.text, functionIn(path, (propertyName ?? name).text));
    }
  }
  return kernels;
}

function kernelsInterface(path: string, name: string): Map<string, Signature> {
  const found = parse(path).statements.find(
    (s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === name,
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

/** Each module: its export list, its mirror, and how to get its exports. */
const MODULES = [
  { entry: 'assembly/index.ts', path: 'bindings/engine/abi.ts', name: 'Kernels', of: (e: Engine) => e.kernels },
  { entry: 'assembly/train.ts', path: 'bindings/train/abi.ts', name: 'TrainKernels', of: trainKernels },
  { entry: 'assembly/spectra.ts', path: 'bindings/spectra/abi.ts', name: 'SpectraKernels', of: spectraKernels },
  { entry: 'assembly/graph.ts', path: 'bindings/graph/abi.ts', name: 'GraphKernels', of: graphKernels },
] as const;

describe.each(MODULES)('the ABI of $entry', ({ entry, path, name: mirrorName, of }) => {
  const kernels = kernelExports(entry);
  const mirror = kernelsInterface(path, mirrorName);

  it('has the same kernels on both sides', () => {
    expect(kernels.size).toBeGreaterThan(0);
    expect([...mirror.keys()].sort()).toEqual([...kernels.keys()].sort());
  });

  it.each([...kernels.keys()])('%s: has the same parameters in the same order, the same result', (name) => {
    const { parameters, result } = kernels.get(name) as Signature;
    const mirrored = mirror.get(name) as Signature;
    expect(mirrored.parameters.map((p) => p.name)).toEqual(parameters.map((p) => p.name));
    for (const { type } of mirrored.parameters) expect(type).toMatch(/^(number|Pair)$/);
    expect(mirrored.result).toBe(result === 'void' ? 'void' : 'number');
  });

  it.each([...kernels])(
    '%s: takes pointers, counts, numbers in this order, and gives nothing or an i32',
    (_, { parameters, result }) => {
      expect(parameters.map(({ type }) => type).join(' ')).toMatch(/^(usize ?)*(i32 ?)*(f(32|64) ?)*$/);
      expect(result).toMatch(/^(void|i32)$/);
    },
  );

  // Not the debug build: the loader wraps its functions in ones that take any number of arguments.
  it.each(BUILDS.filter(({ name }) => name !== 'debug'))('is what the $name build takes', ({ create }) => {
    const compiled = of(create()) as unknown as Record<string, unknown>;
    for (const [name, { parameters }] of kernels) {
      expect(compiled[name], name).toBeTypeOf('function');
      expect((compiled[name] as () => void).length, name).toBe(parameters.length);
    }
  });
});

describe('the ABI', () => {
  it('has the same sizes and cells on both sides', () => {
    const numbers = Object.entries(abi).filter(([, value]) => typeof value === 'number');
    expect(Object.fromEntries(numbers)).toEqual(enumIn('assembly/abi.ts', 'Size'));
    expect(Cell).toEqual(enumIn('assembly/abi.ts', 'Cell'));
    expect(Pair).toEqual(enumIn('assembly/tensors/elements.ts', 'Pair'));
    expect(Family).toEqual(enumIn('assembly/cells/activate.ts', 'Activation'));
  });
});
