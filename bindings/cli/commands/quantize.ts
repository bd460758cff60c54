import { quantize as quantizeModel } from '../../index.js';
import type { Command } from '../command.js';
import { loadModelFile } from '../input-file.js';
import { writeFileWhole } from '../output-file.js';
import { formatBytes } from '../terminal/format.js';
import { writeErr } from '../terminal/standard-output.js';

/** `hiddenstate quantize IN OUT` */
export const quantize: Command = {
  name: 'quantize',
  summary: 'make a model file of int8 weights, a quarter of the size',
  description: [
    'Rounds every weight matrix of a model to int8 with a scale for each row; biases stay',
    'float32. Every other command takes the result like the original. OUT appears only whole.',
  ],
  operand: { name: 'IN', help: 'file of Sequential.save' },
  target: { name: 'OUT', help: 'safetensors file to be written' },
  options: [],
  examples: ['quantize models/moby-dick.safetensors moby-dick.int8.safetensors'],
  async run({ operand, target }) {
    const model = loadModelFile(operand as string);
    const before = model.save().length;
    const bytes = quantizeModel(model).save();
    await writeFileWhole(target as string, bytes);
    writeErr(`${formatBytes(before)} became ${formatBytes(bytes.length)}`);
  },
};
