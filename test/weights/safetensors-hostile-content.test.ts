import { frame } from './safetensors-file.js';
import { type Case, refuses } from './safetensors-hostile.js';

const good = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
const tensor = (fields: string, bytes = 8) => frame(`{"a":{${fields}}}`, bytes);
const bytesOf = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)));
const named = (name: number[]) => frame(bytesOf('{"', name, `":${good}}`), 8);

const syntax: Case[] = [
  ['an open object', frame('{'), Error, `header: got the end of the header, expected '"'`],
  ['a comma at the end', frame(`{"a":${good},}`, 8), Error, `header: got '}' at byte`],
  ['no comma', frame(`{"a":${good}"b":${good}}`, 8), Error, `header: got '"' at byte`],
  ['no colon', frame(`{"a"${good}}`, 8), Error, `header: got '{' at byte`],
  ['no quotes', frame(`{a:${good}}`, 8), Error, `header: got 'a' at byte 9, expected '"'`],
  ['single quotes', frame(`{'a':${good}}`, 8), Error, `header: got ''' at byte 9, expected '"'`],
  ['a comment', frame(`{/**/"a":${good}}`, 8), Error, `header: got '/' at byte 9, expected '"'`],
  ['a second object', frame('{}{}'), Error, `header: got '{' at byte 10, expected only spaces after the closing }`],
  ['zeros for padding', frame('{}\0\0\0\0\0\0'), Error, 'header: got 0x0 at byte 10, expected only spaces'],
  ['an array', frame('[]'), Error, "header: got 0x5b, expected '{' as the first byte"],
  ['a pickle', frame(bytesOf([0x80, 0x02, 0x7d], 'q.')), Error, "header: got 0x80, expected '{' as the first byte"],
  [
    'an object that the data close',
    frame(`{"a":${good}`, bytesOf('}       ')),
    Error,
    "header: got the end of the header, expected '}'",
  ],
  [
    'a number that the data go on with',
    frame('{"a":{"shape":[', bytesOf('2]}}')),
    Error,
    'tensor "a": shape: got the end of the header, expected an integer',
  ],
  [
    'a number cut in two',
    frame('{"a":{"shape":[1', bytesOf('2]}}')),
    Error,
    `tensor "a": shape: got the end of the header, expected ']'`,
  ],
  ['an open string', frame('{"a'), Error, 'header: got the end of the header, expected a character of a string'],
  [
    'a line break in a string',
    frame(`{"a\n":${good}}`, 8),
    Error,
    'header: got 0xa at byte 11, expected a character of a string',
  ],
  [
    'an unknown escape',
    frame(`{"\\x":${good}}`, 8),
    Error,
    'header: got a malformed escape at byte 10, expected an escape sequence of JSON',
  ],
  ['an escape cut off', frame('{"\\'), Error, 'header: got a malformed escape at byte 10'],
  ['three digits', frame(`{"\\u123":${good}}`, 8), Error, 'header: got a malformed escape at byte 10'],
  ['a sign in an escape', frame(`{"\\u+123":${good}}`, 8), Error, 'header: got a malformed escape at byte 10'],
  ['a high surrogate alone', frame(`{"\\ud800":${good}}`, 8), Error, 'header: got a malformed escape at byte 10'],
  ['two high surrogates', frame(`{"\\ud800\\ud800":${good}}`, 8), Error, 'header: got a malformed escape at byte 10'],
  ['a low surrogate alone', frame(`{"\\udc00":${good}}`, 8), Error, 'header: got a malformed escape at byte 10'],
  [
    'a pair that the header cuts in two',
    frame(bytesOf('{"\\ud83d'), bytesOf('\\ude00":{}}')),
    Error,
    'header: got a malformed escape at byte 10',
  ],
];

const utf8: Case[] = (
  [
    ['a lone continuation byte', [0x80]],
    ['a byte no UTF-8 has', [0xff]],
    ['an overlong slash, two bytes', [0xc0, 0xaf]],
    ['an overlong slash, three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong slash, four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['an overlong U+07FF', [0xe0, 0x9f, 0xbf]],
    ['an overlong U+FFFF', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['the last surrogate', [0xed, 0xbf, 0xbf]],
    ['past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a sequence cut off by a letter', [0xe2, 0x82, 0x41]],
    ['a sequence cut off by the quote', [0xf0, 0x9f, 0x98]],
  ] as [string, number[]][]
).map(([what, name]) => [what, named(name), Error, `header: got 0x${name[0].toString(16)} at byte 10, expected UTF-8`]);

const utf8Cut: Case[] = [
  [
    'a sequence that the data go on with',
    frame(bytesOf('{"', [0xf0, 0x9f]), bytesOf([0x98, 0x80], '":{}}')),
    Error,
    'header: got 0xf0 at byte 10, expected UTF-8',
  ],
];

const content: Case[] = [
  [
    'a key twice',
    frame(`{"a":${good},"a":${good}}`, 8),
    Error,
    'header: got the key "a" twice, expected each key once',
  ],
  ['a key twice, once escaped', frame(`{"a":${good},"\\u0061":${good}}`, 8), Error, 'header: got the key "a" twice'],
  [
    '__proto__ twice',
    frame(`{"__proto__":${good},"__proto__":${good}}`, 8),
    Error,
    'header: got the key "__proto__" twice',
  ],
  [
    '__metadata__ twice',
    frame('{"__metadata__":{},"__metadata__":{}}'),
    Error,
    'header: got the key "__metadata__" twice',
  ],
  ['a metadata key twice', frame('{"__metadata__":{"x":"1","x":"2"}}'), Error, '__metadata__: got the key "x" twice'],
  [
    'a field twice',
    tensor('"dtype":"F32","dtype":"F64","shape":[2],"data_offsets":[0,8]'),
    Error,
    'tensor "a": got the key "dtype" twice',
  ],
  [
    'a field too many',
    tensor('"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[1]'),
    Error,
    'tensor "a": got a field "strides", expected dtype, shape and data_offsets only',
  ],
  [
    'no dtype',
    tensor('"shape":[2],"data_offsets":[0,8]'),
    Error,
    'tensor "a": got no dtype, expected dtype, shape and data_offsets',
  ],
  ['no shape', tensor('"dtype":"F32","data_offsets":[0,8]'), Error, 'tensor "a": got no shape, expected '],
  ['no offsets', tensor('"dtype":"F32","shape":[2]'), Error, 'tensor "a": got no data_offsets, expected '],
  ['no fields', frame('{"a":{}}'), Error, 'tensor "a": got no dtype, expected '],
  ['null for a tensor', frame('{"a":null}'), Error, `tensor "a": got 'n' at byte 13, expected '{'`],
  ['a string for a tensor', frame('{"a":"F32"}'), Error, `tensor "a": got '"' at byte 13, expected '{'`],
  ['an array for a tensor', frame('{"a":["F32",[2],[0,8]]}', 8), Error, `tensor "a": got '[' at byte 13, expected '{'`],
  [
    'a number for a dtype',
    tensor('"dtype":32,"shape":[2],"data_offsets":[0,8]'),
    Error,
    `tensor "a": dtype: got '3' at byte 22, expected '"'`,
  ],
  [
    'an unknown dtype',
    tensor('"dtype":"Q4_0","shape":[2],"data_offsets":[0,8]'),
    Error,
    'tensor "a": got dtype "Q4_0", expected one of F4, F6_E2M3, ',
  ],
  [
    'a lower-case dtype',
    tensor('"dtype":"f32","shape":[2],"data_offsets":[0,8]'),
    Error,
    'tensor "a": got dtype "f32", expected one of ',
  ],
  [
    'a dtype every object has',
    tensor('"dtype":"constructor","shape":[2],"data_offsets":[0,8]'),
    Error,
    'tensor "a": got dtype "constructor", expected ',
  ],
  [
    'an unsupported dtype',
    tensor('"dtype":"I64","shape":[1],"data_offsets":[0,8]'),
    Error,
    'tensor "a": got dtype I64, expected F32, F16, BF16 or F64',
  ],
  ['null for the metadata', frame('{"__metadata__":null}'), Error, `__metadata__: got 'n' at byte`],
  ['a number in the metadata', frame('{"__metadata__":{"step":3}}'), Error, `__metadata__: "step": got '3' at byte`],
  [
    'an object in the metadata',
    frame('{"__metadata__":{"config":{}}}'),
    Error,
    `__metadata__: "config": got '{' at byte`,
  ],
  ['a tensor for the metadata', frame(`{"__metadata__":${good}}`, 8), Error, `__metadata__: "shape": got '[' at byte`],
  [
    'a name of 1 MB, cut in the message',
    frame(`{"${'x'.repeat(1e6)}":0}`),
    Error,
    `tensor "${'x'.repeat(64)}…": got '0' at byte`,
  ],
];

const deep: Case[] = [
  [
    'a million arrays in an entry',
    frame(`{"a":${'['.repeat(1e6)}`),
    Error,
    `tensor "a": got '[' at byte 13, expected '{'`,
  ],
  ['a million objects in an entry', frame('{"a":'.repeat(1e6)), Error, 'tensor "a": got a field "a", expected dtype'],
  [
    'a million arrays in a shape',
    frame(`{"a":{"shape":${'['.repeat(1e6)}`),
    Error,
    `tensor "a": shape: got '[' at byte`,
  ],
  [
    'a million objects in the metadata',
    frame('{"__metadata__":'.repeat(1e6)),
    Error,
    `__metadata__: "__metadata__": got '{' at byte`,
  ],
];

refuses('JSON syntax', syntax);
refuses('UTF-8', [...utf8, ...utf8Cut]);
refuses('content', content);
refuses('depth', deep);
