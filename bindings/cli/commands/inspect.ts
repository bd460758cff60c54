import type { TrialDims } from '../../formats/onnx/index.js';
import { CliError, printableJson } from '../cli-error.js';
import type { Command } from '../command.js';
import { readBeginning } from '../input-file.js';
import { inspectAmplifier } from '../inspect/amplifier.js';
import { inspectDict } from '../inspect/dict.js';
import { inspectKeras, inspectTfjs } from '../inspect/keras.js';
import type { Inspection } from '../inspect/layout.js';
import { inspectOnnx } from '../inspect/onnx.js';
import { inspectSafetensors } from '../inspect/safetensors.js';
import { isDict, type ModelFile, readModelFile } from '../model-file.js';
import { writeOut } from '../terminal/standard-output.js';

/** How much of a file tells whether it is a safetensors file, of which the header alone is read. */
const BEGINNING_BYTES = 64;

/** `hiddenstate inspect FILE` */
export const inspect: Command = {
  name: 'inspect',
  summary: 'show what is in a model file, and what of it would not run',
  description: [
    'Shows the inputs, layers, operators, shapes and parameters of a model file, and why',
    'it would not run where it would not. The format is told by the content: safetensors',
    '(header only, however large; layers by the names PyTorch gives them), ONNX, .keras,',
    '.h5, the model.json of TensorFlow.js with its shards beside it, checkpoints of PyTorch,',
    'arrays of NumPy, amplifiers (.nam, GuitarML, RTNeural). Others are named for what they',
    'are, with the way to convert them.',
  ],
  operand: { name: 'FILE', help: 'a model file, of any of these formats' },
  options: [
    { name: 'json', help: 'everything, uncut, as JSON' },
    {
      name: 'dims',
      value: 'X=1,?,80',
      help: 'ONNX: dims to try input X with, ? where sizes are tried; ; between inputs',
    },
  ],
  examples: ['inspect models/moby-dick.safetensors', 'inspect models/moby-dick.safetensors --json'],
  async run(args) {
    const path = args.operand as string;
    const dims = readDims(args.text('dims'));
    const { content, lines } = await inspected(path, dims);
    await writeOut(args.has('json') ? printableJson(content) : `${lines.join('\n')}\n`);
  },
};

async function inspected(path: string, dims: TrialDims): Promise<Inspection> {
  const { identify } = await import('../../formats/files/index.js');
  if (identify(readBeginning(path, BEGINNING_BYTES)).format === 'safetensors') return inspectSafetensors(path);
  const file: ModelFile = await readModelFile(path);
  if (file.format === 'onnx') return inspectOnnx(file, dims);
  if (file.format === 'keras') return inspectKeras(file);
  if (file.format === 'tfjs-layers') return inspectTfjs(file);
  return isDict(file.format) ? inspectDict(file) : inspectAmplifier(file);
}

/** `x=1,?,80;h=1,1,16` */
function readDims(text: string | undefined): TrialDims {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(';').map((part) => {
      const [name, list = ''] = part.split('=');
      const dims = list
        .split(',')
        .map((dim) => (dim === '?' ? null : /^\d{1,9}$/.test(dim) ? Number(dim) : Number.NaN));
      if (name === '' || dims.some((dim) => Number.isNaN(dim))) {
        throw new CliError(
          `--dims: got ${JSON.stringify(part)}, expected a name, =, and sizes or ? with commas: x=1,?,80`,
        );
      }
      return [name, dims];
    }),
  );
}
