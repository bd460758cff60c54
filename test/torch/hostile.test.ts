/** Pickles are programs. Nothing of one is run, whatever it says, and nothing is made that its bytes do not bear out. */
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { isOwnError } from '../../bindings/errors.js';
import { readTorch } from '../../bindings/formats/torch/index.js';
import { torchCases } from './cases.js';

const [{ cases }] = torchCases();
const fileOf = (name: string) => cases.find((each) => each.name === name)?.file as Uint8Array;

/** Puts bytes, text and numbers of one byte one after the other. */
function bytesOf(...parts: (string | number | Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part];
      return typeof part === 'string' ? Array.from(part, (character) => character.charCodeAt(0)) : Array.from(part);
    }),
  );
}

/** Protocol 2, then the operations, then STOP. */
const pickle = (...parts: Parameters<typeof bytesOf>) => bytesOf(0x80, 2, ...parts, '.');
const archive = (data: Uint8Array, storages: Record<string, Uint8Array> = {}) =>
  zipSync(
    { 'a/data.pkl': data, ...Object.fromEntries(Object.entries(storages).map(([k, v]) => [`a/data/${k}`, v])) },
    { level: 0 },
  );
const uint32 = (value: number) => Array.from(new Uint8Array(new Uint32Array([value]).buffer));
const int = (value: number) => ['J', ...uint32(value)] as (string | number)[];
const long = (value: bigint) => [0x8a, 8, ...new Uint8Array(new BigInt64Array([value]).buffer)];

/** A tensor of storage 0 as `torch._utils._rebuild_tensor_v2` is told of it. */
function tensorPickle(dims: (string | number)[][], strides: (string | number)[][], offset = int(0)): Uint8Array {
  const tuple = (items: (string | number)[][]) => ['(', ...items.flat(), 't'];
  const storage = [
    '(',
    'X',
    ...uint32(7),
    'storage',
    'ctorch\nFloatStorage\n',
    'X',
    ...uint32(1),
    '0',
    'X',
    ...uint32(3),
    'cpu',
    ...int(4),
    't',
    'Q',
  ];
  const args = ['(', ...storage, ...offset, ...tuple(dims), ...tuple(strides), 0x89, ')', 't'];
  return pickle('ctorch._utils\n_rebuild_tensor_v2\n', ...args, 'R');
}

function thrown(bytes: Uint8Array): Error {
  try {
    readTorch(bytes);
  } catch (error) {
    expect(isOwnError(error), `${error}`).toBe(true);
    return error as Error;
  }
  throw new Error('expected an error');
}

describe('a pickle that wants to run something', () => {
  const canary = join(tmpdir(), `hiddenstate-canary-${process.pid}`);
  const touch = bytesOf('X', ...uint32(`touch ${canary}`.length), `touch ${canary}`);
  const programs = {
    'os.system': pickle('cos\nsystem\n', touch, 0x85, 'R'),
    'posix.system': pickle('cposix\nsystem\n', touch, 0x85, 'R'),
    'builtins.eval': pickle('cbuiltins\neval\n', touch, 0x85, 'R'),
    'builtins.exec': pickle('c__builtin__\nexec\n', touch, 0x85, 'R'),
    'builtins.getattr': pickle('cbuiltins\ngetattr\n', touch, touch, 0x86, 'R'),
    'subprocess.Popen': pickle('csubprocess\nPopen\n', touch, 0x85, 0x81),
    'torch.load': pickle('ctorch\nload\n', touch, 0x85, 'R'),
    'torch.hub.load': pickle('ctorch.hub\nload\n', touch, 0x85, 'R'),
  };

  test.each(Object.entries(programs))('%s is refused by its name, as a pickle and in an archive', (name, bytes) => {
    expect(thrown(bytes).message).toContain(JSON.stringify(name));
    expect(thrown(archive(bytes)).message).toContain(JSON.stringify(name));
    expect(existsSync(canary)).toBe(false);
    rmSync(canary, { force: true });
  });

  test('a name that is allowed by hand is kept as a record and not called', () => {
    const { value } = readTorch(programs['os.system'], { safeGlobals: ['os.system'] });
    expect(value).toEqual({ class: 'os.system', args: [`touch ${canary}`], state: undefined });
    expect(existsSync(canary)).toBe(false);
  });

  test('names of JavaScript are no names of a pickle', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(thrown(pickle(`cbuiltins\n${name}\n`)).message).toContain(name);
      expect(thrown(pickle(`ctorch\n${name}\n`)).message).toContain(name);
    }
    const dict = readTorch(pickle('}', 'X', ...uint32(9), '__proto__', 'N', 's')).value;
    expect(Object.getPrototypeOf(dict)).toBe(null);
  });
});

describe('a claim that the bytes do not bear out', () => {
  const four = { 0: new Uint8Array(16) };
  const cases: [string, Uint8Array][] = [
    ['a tensor beyond its storage', archive(tensorPickle([int(5)], [int(1)]), four)],
    ['an offset beyond it', archive(tensorPickle([int(1)], [int(1)], int(4)), four)],
    ['2⁴⁰ elements', archive(tensorPickle([long(2n ** 40n)], [int(1)]), four)],
    ['2⁴⁰ elements that are one, expanded', archive(tensorPickle([long(2n ** 40n)], [int(0)]), four)],
    ['2⁴⁰ × 2⁴⁰ elements', archive(tensorPickle([long(2n ** 40n), long(2n ** 40n)], [int(0), int(0)]), four)],
    ['a negative dim', archive(tensorPickle([int(-1 >>> 0)], [int(1)]), four)],
    ['a storage that is not there', archive(tensorPickle([int(1)], [int(1)]))],
    ['text longer than the file', pickle('X', ...uint32(0x7fffffff))],
    ['bytes of 2⁶³', pickle(0x8e, 0, 0, 0, 0, 0, 0, 0, 0x80)],
    ['an integer of 2³¹ bytes', pickle(0x8b, ...uint32(0x7fffffff))],
    ['a value that was not kept', pickle('h', 3)],
    ['a mark that is missing', pickle('t')],
    ['an operand that is missing', pickle('R')],
    ['an operation of no protocol', pickle(0xff)],
    ['no end', bytesOf(0x80, 2, ']')],
    ['nothing', new Uint8Array(0)],
  ];

  test.each(cases)('%s', (_, bytes) => {
    expect(thrown(bytes).message).toMatch(/^readTorch: .*(got|entry)/);
  });
});

test('lists nested 10 000 deep are refused, without a stack that overflows', () => {
  const nested = pickle(']'.repeat(10_000), 'a'.repeat(9_999));
  expect(thrown(nested).message).toContain('parts within parts, expected at most 64 deep');
});

test('a million values kept, and one list that holds itself', () => {
  const memo = new Uint8Array(3e6 + 4).fill(0x4e);
  memo.set([0x80, 4]);
  for (let i = 2; i < 3e6; i += 3) memo.set([0x4e, 0x94, 0x30], i); // NONE MEMOIZE POP
  memo[memo.length - 1] = 0x2e;
  expect(readTorch(memo).value).toBe(null);
  const circle = readTorch(pickle(']', 'q', 0, 'h', 0, 'a')).value as unknown[];
  expect(circle[0]).toBe(circle);
});

test('lists that double are made once, not 2⁴⁰ times', () => {
  const doubling = pickle(']', ...Array.from({ length: 40 }, () => ['q', 0, 'h', 0, 0x86]).flat());
  expect(readTorch(doubling).tensors).toEqual({});
  const key = ['}', ')', ...Array.from({ length: 40 }, () => ['q', 0, 'h', 0, 0x86]).flat(), 'N', 's'];
  expect(readTorch(pickle(...key)).tensors).toEqual({});
});

test.each(['state-dict', 'views', 'checkpoint', 'scripted'])(
  'every single flipped bit of %s is an error or changes nothing',
  (name) => {
    const file = fileOf(name);
    const expected = JSON.stringify(readTorch(file).tensors, (_, value) =>
      ArrayBuffer.isView(value) ? Array.from(value as never) : value,
    );
    let silent = 0;
    for (let bit = 0; bit < file.length * 8; bit += 61) {
      const damaged = file.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        const got = readTorch(damaged);
        const text = JSON.stringify(got.tensors, (_, value) =>
          ArrayBuffer.isView(value) ? Array.from(value as never) : value,
        );
        if (text !== expected) silent++;
      } catch (error) {
        expect(isOwnError(error), `bit ${bit}: ${error}`).toBe(true);
      }
    }
    expect(silent).toBe(0);
  },
);

test('a file cut anywhere is an error of ours', () => {
  for (const name of ['state-dict-legacy', 'checkpoint-legacy', 'state-dict-pickled', 'state-dict']) {
    const file = fileOf(name);
    for (let length = 0; length < file.length; length += 13) {
      expect(thrown(file.subarray(0, length)).message).toMatch(/^readTorch: /);
    }
  }
});

test('what is no file of PyTorch is said to be none', () => {
  expect(thrown(bytesOf('<!doctype html>')).message).toContain('begin with 3c 21 64 6f');
  expect(thrown(zipSync({ 'model.json': bytesOf('{}') })).message).toContain('without data.pkl');
  expect(() => readTorch('model.pt' as never)).toThrow(TypeError);
});
