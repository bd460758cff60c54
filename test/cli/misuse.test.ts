import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Linear, Sequential, writeSafetensors } from '../../bindings/index.js';
import { hiddenstate, temporaryFolder } from './cli.js';
import { saveNumberModel, saveTextModel } from './models.js';

const folder = temporaryFolder();

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(folder(name), content);
  return folder(name);
}

function lying(header: string, claimed = header.length): Uint8Array {
  const bytes = Buffer.alloc(8 + header.length);
  bytes.writeBigUInt64LE(BigInt(claimed));
  bytes.write(header, 8, 'latin1');
  return bytes;
}

const textModel = saveTextModel(folder('text.safetensors'), ['a', 'b', 'c']).path;
const numberModel = saveNumberModel(folder('numbers.safetensors')).path;
const series = file('series.csv', '1,2,3\n4,5,6\n');
const weights = file('weights.safetensors', writeSafetensors({ w: { data: new Float32Array(2), dims: [2] } }));
const missing = folder('missing');
mkdirSync(folder('folder'));

function withVocabulary(name: string, vocabulary: string): string {
  const modules = [new Linear({ inFeatures: 2, outFeatures: 2 })];
  return file(name, new Sequential(modules, { metadata: { vocabulary } }).save());
}

const run = (text: string, ...args: string[]) => [
  'run',
  numberModel,
  '--input',
  file(`${Math.random()}.csv`, text),
  ...args,
];

/** What is typed, and what the line on stderr must say. */
const CASES: [name: string, args: string[], line: RegExp][] = [
  ['an unknown command', ['generat'], /unknown command "generat"; did you mean "generate"\?$/],
  ['a command like no other', ['xyzzy'], /unknown command "xyzzy"; see "hiddenstate help"$/],
  ['an unknown option for a command', ['--verson'], /unknown option "--verson"; did you mean "--version"\?$/],
  ['help on an unknown command', ['help', 'rum'], /unknown command "rum"; did you mean "run"\?$/],
  ['an unknown option', ['generate', textModel, '--promt', 'a'], /unknown option --promt; did you mean --prompt\?$/],
  ['a short option', ['generate', textModel, '-k', '3'], /unknown option -k; expected one of --prompt, --chars, /],
  ['an option without its value', ['generate', textModel, '--prompt'], /--prompt needs a value; write --prompt TEXT$/],
  ['an option that swallows the next', ['generate', textModel, '--prompt', '--chars', '5'], /--prompt needs a value/],
  [
    'a switch with a value',
    ['generate', textModel, '--no-compare=yes'],
    /--no-compare takes no value; leave out "=yes"$/,
  ],
  ['no model', ['generate'], /^hiddenstate generate: no MODEL given; see "hiddenstate help generate"$/],
  ['an unquoted prompt', ['generate', textModel, 'Call', 'me'], /got "Call" after MODEL .*; quote a text with spaces$/],
  ['an operand too many', ['bench', numberModel, 'lstm'], /got "lstm" after MODEL .*, expected options only/],
  [
    'chars that are no number',
    ['generate', textModel, '--chars', 'ten'],
    /--chars: got "ten", expected an integer of at least 1$/,
  ],
  ['no chars', ['generate', textModel, '--chars', '0'], /--chars: got "0", expected an integer of at least 1$/],
  ['half a char', ['generate', textModel, '--chars', '1.5'], /--chars: got "1.5", expected an integer/],
  [
    'hexadecimal',
    ['generate', textModel, '--seed', '0x10'],
    /--seed: got "0x10", expected an integer from 0 to 4294967295$/,
  ],
  [
    'a negative temperature',
    ['generate', textModel, '--temperature', '-1'],
    /--temperature: got "-1", expected a number of at least 0$/,
  ],
  ['an endless temperature', ['generate', textModel, '--temperature', 'Infinity'], /--temperature: got "Infinity"/],
  ['a temperature beyond numbers', ['generate', textModel, '--temperature', '1e999'], /--temperature: got "1e999"/],
  ['top-k of none', ['generate', textModel, '--top-k', '0'], /--top-k: got "0", expected an integer of at least 1$/],
  ['a missing file', ['generate', missing], /cannot read .*missing: no such file or folder$/],
  ['a folder', ['generate', folder('folder')], /cannot read .*folder: a folder, expected a file$/],
  ['a path through a file', ['inspect', `${series}/x`], /cannot read .*: a part of its path is a file, not a folder$/],
  ['a device', ['inspect', '/dev/zero'], /cannot read \/dev\/zero: a device or a pipe, expected a file$/],
  ['a name no file can have', ['inspect', 'x'.repeat(5000)], /cannot read x+: the name is too long$/],
  [
    'a name that would break the line',
    ['inspect', folder('a\nb\x1b[2J')],
    /cannot read .*a\\nb\\u001b\[2J: no such file/,
  ],
  [
    'a file that only its name calls ONNX',
    ['run', file('net.onnx', Buffer.of(8, 7, 18, 0)), '--input', series],
    /net.onnx: got none of the formats that are known here: ONNX, Keras, /,
  ],
  [
    'no model file',
    ['generate', series],
    /series.csv: got text, not a model; save the model as [^,]+, [^,]+, [^,]+, expected a file of Sequential.save; see/,
  ],
  ['an empty file', ['inspect', file('empty', '')], /empty: got an empty file$/],
  [
    'a header length beyond the file',
    ['inspect', file('beyond', lying('{}', 50_000_000))],
    /not a safetensors file: got a header length of 50000000/,
  ],
  [
    'a header of 2^63 bytes',
    ['inspect', file('huge', lying('{}', 2 ** 63))],
    /huge: got none of the formats that are known here: /,
  ],
  ['a header that is no JSON', ['inspect', file('json', lying('{"a":}  '))], /json: not a safetensors file: /],
  [
    'data that are missing',
    ['inspect', file('cut', lying('{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'))],
    /not a safetensors file: got 0 bytes of data after the header, expected 36/,
  ],
  [
    'weights that are no model',
    ['run', weights, '--input', series],
    /weights.safetensors: got a file of weights, .* expected --layers with their names in order; it holds no layers/,
  ],
  [
    'a model without a vocabulary',
    ['generate', numberModel],
    /got no "vocabulary" in its metadata, expected a model of text; use "hiddenstate run"/,
  ],
  [
    'a vocabulary that is no JSON',
    ['generate', withVocabulary('v1', 'ab')],
    /"vocabulary" in its metadata than a JSON array of different characters$/,
  ],
  [
    'a vocabulary of one character twice',
    ['generate', withVocabulary('v2', '["a","a"]')],
    /than a JSON array of different characters$/,
  ],
  [
    'a vocabulary of numbers',
    ['generate', withVocabulary('v3', '[1,2]')],
    /than a JSON array of different characters$/,
  ],
  [
    'a vocabulary of another size',
    ['generate', withVocabulary('v4', '["a"]')],
    /got a vocabulary of 1 and input for 2, expected as many of each$/,
  ],
  [
    'a character the model lacks',
    ['generate', textModel, '--prompt', 'abé'],
    /--prompt: the model does not know "é" \(U\+00E9\); leave it out/,
  ],
  ['no input', ['run', numberModel], /no --input given; name a CSV file, or - for stdin$/],
  [
    'an input that is missing',
    ['run', numberModel, '--input', missing],
    /cannot read .*missing: no such file or folder$/,
  ],
  [
    'an input that is a folder',
    ['run', numberModel, '--input', folder('folder')],
    /folder: a folder, expected a file$/,
  ],
  [
    'a contradiction',
    [...run('1,2,3\n'), '--header', '--no-header'],
    /got --header and --no-header, expected one of them at most$/,
  ],
  [
    'too few columns',
    run('1,2,3\n\n4,5\n'),
    /line 3: got 2 columns, expected 3 separated by commas, semicolons or tabs, the model's input size$/,
  ],
  ['too many columns', run('1,2,3,4\n'), /line 1: got 4 columns, expected 3/],
  ['another separator', run('1|2|3\n'), /line 1: got 1 column, expected 3 separated by commas, semicolons or tabs/],
  ['a word among the numbers', run('a,b,c\n1,2,3\n1,two,3\n'), /line 3, column 2 \(b\): got "two", expected a number$/],
  [
    'a missing value',
    run('1,2,3\n1,,3\n'),
    /line 2, column 2: got nothing, expected a number; fill the gap or leave the row out$/,
  ],
  ['a NaN', run('1,2,3\n1,2,NaN\n'), /line 2, column 3: got "NaN", expected a number$/],
  [
    'a number beyond float32',
    run('1,2,1e39\n'),
    /line 1, column 3: got "1e39", expected a number that float32 can hold$/,
  ],
  [
    'a first row of both kinds',
    run('a,2,3\n1,2,3\n'),
    /line 1: got numbers and text in the first row; say --header or --no-header$/,
  ],
  [
    'a header that is said to be none',
    run('a,b,c\n1,2,3\n', '--no-header'),
    /line 1, column 1: got "a", expected a number$/,
  ],
  ['a header and nothing else', run('a,b,c\n'), /got no rows of numbers, expected at least one$/],
  ['an empty series', run(''), /got no rows of numbers, expected at least one$/],
  [
    'a quote that is never closed',
    run('1,2,3\n1,"2,3\n'),
    /got a quote in the row after line 1 that is never closed, expected one at the end of its field$/,
  ],
  [
    'a word that would command the terminal',
    run('1,2,3\n1,\x1b[2J,3\n'),
    /line 2, column 2: got "\\u001b\[2J", expected a number$/,
  ],
  ['a binary series', ['run', numberModel, '--input', numberModel], /numbers\.safetensors: /],
  [
    'an index outside the table',
    ['run', textModel, '--input', file('indices.csv', '0\n3\n')],
    /line 2: Embedding: index: got 3, expected an integer from 0 to 2$/,
  ],
  [
    'an output in no folder',
    run('1,2,3\n', '--output', folder('no/out.csv')),
    /cannot write .*out\.csv: no such file or folder$/,
  ],
  [
    'an output through a file',
    run('1,2,3\n', '--output', `${series}/out.csv`),
    /cannot write .*: a part of its path is a file, not a folder$/,
  ],
  [
    'an output that is a folder',
    run('1,2,3\n', '--output', folder('folder')),
    /cannot write .*folder: a folder, expected a file$/,
  ],
  ['a full disk', run('1,2,3\n', '--output', '/dev/full'), /cannot write \/dev\/full: no space left on the device$/],
  ['an unknown cell', ['bench', '--cell', 'transformer'], /--cell: got "transformer", expected one of lstm, gru, rnn$/],
  ['sizes that are none', ['bench', '--sizes', '16,,32'], /--sizes: got "", expected an integer from 1 to 4096$/],
  [
    'a size beyond reason',
    ['bench', '--sizes', '1000000'],
    /--sizes: got "1000000", expected an integer from 1 to 4096$/,
  ],
  [
    'results that cannot be written',
    ['bench', '--json', folder('no/x.json')],
    /cannot write .*x\.json: no such file or folder$/,
  ],
];

describe('misuse and bad input end with exit code 2 and one line', () => {
  test.each(CASES)('%s', (_, args, line) => {
    const { code, stdout, stderr } = hiddenstate(args);
    expect(stderr).toMatch(/^hiddenstate[^\n]*\n$/);
    expect(stderr.trimEnd()).toMatch(line);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
    if (args[0] !== 'run') expect(stdout).toBe('');
  });

  test('no command: the help, and one line', () => {
    const { code, stdout, stderr } = hiddenstate([]);
    expect([code, stderr]).toEqual([2, 'hiddenstate: no command given; name one of those above\n']);
    expect(stdout).toBe(hiddenstate(['help']).stdout);
  });
});
