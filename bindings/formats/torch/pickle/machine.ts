import type { HiddenstateError } from '../../../errors.js';
import { describeValue } from '../../../tensor.js';
import type { Cursor } from './cursor.js';
import { type Global, InertObject, isBuildable, isGlobal } from './values.js';

/** What a pickle may ask of the world: both are answered from lists, never by running anything. */
export interface PickleHost {
  /** @throws {HiddenstateError} if the name is not on the allow-list */
  global(module: string, name: string): Global;
  /** Data kept outside the pickle, by its persistent id. */
  persistent(id: unknown): unknown;
}

/** No integer of a checkpoint needs more; longer ones would cost more than linear time. */
const MAX_LONG_BYTES = 1024;

/**
 * Interprets one pickle, up to and with its STOP. Lists and tuples become arrays, dicts Maps, sets Sets, None null, bytes
 * Uint8Arrays (views), integers beyond 2⁵³ bigints. Time and memory are linear in the bytes of the pickle: every operation
 * takes at least one byte and makes at most one value.
 *
 * Source: CPython's Lib/pickletools.py, which lists every opcode up to protocol 5.
 *
 * @throws {HiddenstateError} if it is damaged, or uses an operation or a name that is not allowed
 */
export function interpretPickle(cursor: Cursor, host: PickleHost): unknown {
  return new Machine(cursor, host).run();
}

class Machine {
  private stack: unknown[] = [];
  /** The stacks below each MARK. */
  private readonly marks: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    private readonly cursor: Cursor,
    private readonly host: PickleHost,
  ) {}

  run(): unknown {
    for (;;) {
      const opcode = this.cursor.uint8();
      if (opcode === 0x2e) return this.pop();
      const operation = OPERATIONS[opcode];
      if (!operation)
        throw this.damaged(`operation 0x${opcode.toString(16).padStart(2, '0')}, which is not supported,`);
      operation(this, this.cursor);
    }
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw this.damaged('an operation without its operand');
    return this.stack.pop();
  }

  top(): unknown {
    if (this.stack.length === 0) throw this.damaged('an operation without its operand');
    return this.stack[this.stack.length - 1];
  }

  mark(): void {
    this.marks.push(this.stack);
    this.stack = [];
  }

  /** What was pushed since the last MARK. */
  popMark(): unknown[] {
    const below = this.marks.pop();
    if (!below) throw this.damaged('an operation without its mark');
    const items = this.stack;
    this.stack = below;
    return items;
  }

  popMany(count: number): unknown[] {
    if (this.stack.length < count) throw this.damaged('an operation without its operands');
    return this.stack.splice(this.stack.length - count, count);
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    if (!this.memo.has(index)) throw this.damaged(`a reference to value ${index}, which was not kept,`);
    this.push(this.memo.get(index));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.damaged('items for something that is not a list');
    for (const item of items) list.push(item);
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw this.damaged('entries for something that is not a dict');
    if (items.length % 2 !== 0) throw this.damaged('a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  addItems(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.damaged('items for something that is not a set');
    for (const item of items) set.add(item);
  }

  global(module: string, name: string): void {
    this.push(this.host.global(module, name));
  }

  stackGlobal(): void {
    const [module, name] = this.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') throw this.damaged('a name that is not text');
    this.global(module, name);
  }

  persistent(id: unknown): void {
    this.push(this.host.persistent(id));
  }

  reduce(callee: unknown, args: unknown): void {
    if (!isGlobal(callee) || !callee.call) {
      const what = isGlobal(callee) ? callee.name : describeValue(callee);
      throw this.damaged(`a call of ${what}, which is no function,`);
    }
    if (!Array.isArray(args)) throw this.damaged('a call whose arguments are not a tuple');
    this.push(callee.call(args));
  }

  build(): void {
    const state = this.pop();
    const object = this.top();
    if (isBuildable(object)) object.build(state);
    else if (object instanceof InertObject) object.state = state;
    // Attributes of a dict, as the versions that `state_dict` notes in `_metadata`, are not part of its data.
    else if (!(object instanceof Map)) throw this.damaged('attributes for a value that has none');
  }

  damaged(what: string): HiddenstateError {
    return this.cursor.damaged(what);
  }
}

type Operation = (machine: Machine, cursor: Cursor) => void;

const OPERATIONS: Readonly<Record<number, Operation>> = {
  // Framing: says nothing about values.
  128: (_, c) => c.uint8(), // PROTO
  149: (_, c) => c.uint64(), // FRAME
  // The stack.
  40: (m) => m.mark(), // MARK
  48: (m) => m.pop(), // POP
  49: (m) => m.popMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP
  // The memo.
  112: (m, c) => m.put(decimal(c)), // PUT
  113: (m, c) => m.put(c.uint8()), // BINPUT
  114: (m, c) => m.put(c.uint32()), // LONG_BINPUT
  148: (m) => m.memoize(), // MEMOIZE
  103: (m, c) => m.get(decimal(c)), // GET
  104: (m, c) => m.get(c.uint8()), // BINGET
  106: (m, c) => m.get(c.uint32()), // LONG_BINGET
  // Constants and numbers.
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  75: (m, c) => m.push(c.uint8()), // BININT1
  77: (m, c) => m.push(c.uint16()), // BININT2
  74: (m, c) => m.push(c.int32()), // BININT
  73: (m, c) => m.push(textInteger(c)), // INT
  76: (m, c) => m.push(textInteger(c)), // LONG
  138: (m, c) => m.push(long(c, c.uint8())), // LONG1
  139: (m, c) => m.push(long(c, c.uint32())), // LONG4
  70: (m, c) => m.push(Number(c.line())), // FLOAT
  71: (m, c) => m.push(c.float64()), // BINFLOAT
  // Text and bytes.
  140: (m, c) => m.push(c.utf8(c.uint8())), // SHORT_BINUNICODE
  88: (m, c) => m.push(c.utf8(c.uint32())), // BINUNICODE
  141: (m, c) => m.push(c.utf8(c.uint64())), // BINUNICODE8
  85: (m, c) => m.push(c.latin1(c.uint8())), // SHORT_BINSTRING
  84: (m, c) => m.push(c.latin1(c.int32())), // BINSTRING
  83: (m, c) => m.push(quoted(c)), // STRING
  86: (m, c) => m.push(rawUnicodeEscape(c.line())), // UNICODE
  67: (m, c) => m.push(c.span(c.uint8())), // SHORT_BINBYTES
  66: (m, c) => m.push(c.span(c.uint32())), // BINBYTES
  142: (m, c) => m.push(c.span(c.uint64())), // BINBYTES8
  150: (m, c) => m.push(c.span(c.uint64())), // BYTEARRAY8
  // Containers.
  41: (m) => m.push([]), // EMPTY_TUPLE
  93: (m) => m.push([]), // EMPTY_LIST
  125: (m) => m.push(new Map()), // EMPTY_DICT
  143: (m) => m.push(new Set()), // EMPTY_SET
  116: (m) => m.push(m.popMark()), // TUPLE
  108: (m) => m.push(m.popMark()), // LIST
  133: (m) => m.push(m.popMany(1)), // TUPLE1
  134: (m) => m.push(m.popMany(2)), // TUPLE2
  135: (m) => m.push(m.popMany(3)), // TUPLE3
  145: (m) => m.push(new Set(m.popMark())), // FROZENSET
  100: (m) => {
    const items = m.popMark();
    m.push(new Map());
    m.setItems(items);
  }, // DICT
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.popMark()), // APPENDS
  115: (m) => m.setItems(m.popMany(2)), // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS
  144: (m) => m.addItems(m.popMark()), // ADDITEMS
  // Names, and what is built with them.
  99: (m, c) => m.global(c.line(), c.line()), // GLOBAL
  147: (m) => m.stackGlobal(), // STACK_GLOBAL
  80: (m, c) => m.persistent(c.line()), // PERSID
  81: (m) => m.persistent(m.pop()), // BINPERSID
  82: (m) => call(m, m.popMany(2)), // REDUCE
  129: (m) => call(m, m.popMany(2)), // NEWOBJ
  98: (m) => m.build(), // BUILD
};

function call(machine: Machine, [callee, args]: readonly unknown[]): void {
  machine.reduce(callee, args);
}

function decimal(cursor: Cursor): number {
  const line = cursor.line();
  if (!/^\d{1,10}$/.test(line)) throw cursor.damaged(`a reference ${describeValue(line)}`);
  return Number(line);
}

/** INT holds booleans too, as `01` and `00`; LONG ends in an L. */
function textInteger(cursor: Cursor): number | bigint | boolean {
  const line = cursor.line();
  if (line === '01' || line === '00') return line === '01';
  const digits = line.replace(/L$/, '');
  if (!/^-?\d{1,2466}$/.test(digits)) throw cursor.damaged(`an integer ${describeValue(line)}`);
  return exact(BigInt(digits));
}

/** Two's complement, little-endian. */
function long(cursor: Cursor, length: number): number | bigint {
  if (length > MAX_LONG_BYTES) throw cursor.damaged(`an integer of ${length} bytes`);
  let value = 0n;
  const bytes = cursor.span(length);
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return exact(BigInt.asIntN(8 * length, value));
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };

/** A Python 2 string literal. */
function quoted(cursor: Cursor): string {
  const line = cursor.line();
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) {
    throw cursor.damaged(`a string ${describeValue(line)}`);
  }
  return line.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|.)/g, (whole, code: string) => {
    if (code[0] === 'x') return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? whole;
  });
}

/** Python's codec of that name. */
function rawUnicodeEscape(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})/g, (_, short, long) =>
    String.fromCodePoint(Number.parseInt(short ?? long, 16)),
  );
}
