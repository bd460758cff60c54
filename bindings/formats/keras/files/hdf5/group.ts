import { MESSAGE, type Message, messageOf } from './object-header.js';
import { type Budget, DamagedFile, NOWHERE, type Region } from './region.js';

/** Levels of a tree of names: each multiplies what it holds by at least two. */
const MOST_LEVELS = 64;

/**
 * The objects in a group by their names; links that are not hard ones are left out.
 *
 * @returns `undefined` if the messages are not those of a group
 * @throws {DamagedFile} if the group is stored in a way that h5py chooses only when asked to
 */
export function readGroup(file: Region, messages: readonly Message[], budget: Budget): Map<string, number> | undefined {
  const table = messageOf(messages, MESSAGE.symbolTable);
  if (table) return readSymbols(file, table, budget);
  const info = messageOf(messages, MESSAGE.linkInfo);
  const links = messages.filter(({ type }) => type === MESSAGE.link);
  if (!info && links.length === 0) return undefined;
  if (info && info.address(info.u8(1) & 1 ? 10 : 2) !== NOWHERE) {
    throw new DamagedFile(
      'names in a fractal heap, as names beyond ASCII lead to; give layers plain names or save .keras,',
    );
  }
  const found = new Map<string, number>();
  for (const { body } of links) {
    const link = readLink(body);
    if (link) add(found, link.name, link.address);
  }
  return found;
}

/** Specification, IV.A.2.g. */
function readLink(body: Region): { name: string; address: number } | undefined {
  const flags = body.u8(1);
  let at = 2;
  const type = flags & 8 ? body.u8(at++) : 0;
  if (flags & 4) at += 8;
  if (flags & 16) at += 1;
  const length = [body.u8, body.u16, body.u32, body.size][flags & 3].call(body, at);
  at += 1 << (flags & 3);
  const name = body.text(at, length);
  return type === 0 ? { name, address: body.address(at + length) } : undefined;
}

/** Specification, III.A.1 (B-trees, version 1), III.C (symbol table nodes) and III.D (local heaps). */
function readSymbols(file: Region, table: Region, budget: Budget): Map<string, number> {
  const heapAt = table.address(8);
  file.expect(heapAt, 'HEAP');
  const names = file.part(file.address(heapAt + 24), file.size(heapAt + 8));
  const found = new Map<string, number>();
  const visit = (at: number, most: number): void => {
    file.expect(at, 'TREE');
    const level = file.u8(at + 5);
    const count = file.u16(at + 6);
    if (level >= most) throw new DamagedFile('a tree of names that leads back to itself');
    budget.charge(24 + 16 * count);
    for (let i = 0; i < count; i++) {
      const child = file.address(at + 32 + 16 * i);
      if (level > 0) visit(child, level);
      else readNode(file, child, names, found, budget);
    }
  };
  visit(table.address(0), MOST_LEVELS);
  return found;
}

function readNode(file: Region, at: number, names: Region, found: Map<string, number>, budget: Budget): void {
  file.expect(at, 'SNOD');
  const count = file.u16(at + 6);
  const entries = file.part(at + 8, 40 * count);
  budget.charge(8 + entries.length);
  for (let i = 0; i < count; i++) {
    const name = names.text(entries.size(40 * i));
    budget.charge(name.length);
    // Kind 2 is a symbolic link.
    if (entries.u32(40 * i + 16) !== 2) add(found, name, entries.address(40 * i + 8));
  }
}

function add(found: Map<string, number>, name: string, address: number): void {
  if (found.has(name)) throw new DamagedFile('one name twice in a group');
  found.set(name, address);
}
