import { quantize as quantizeModel } from '../../index.js';
import type { Command } from '../command.js';
import { LAYERS, layersOption, openSequential, readModelFile } from '../model-file.js';
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
  operand: { name: 'IN', help: 'file of Sequential.save, of weights (--layers) or of an amplifier' },
  target: { name: 'OUT', help: 'safetensors file to be written' },
  options: [LAYERS],
  examples: [
    'quantize models/moby-dick.safetensors moby-dick.int8.safetensors',
    'quantize checkpoint.pt small.safetensors --layers rec,head',
  ],
  async run(args) {
    const { operand, target } = args;
    const model = await openSequential(await readModelFile(operand as string), layersOption(args.text('layers')));
    const before = model.save().length;
    const bytes = quantizeModel(model).save();
    await writeFileWhole(target as string, bytes);
    writeErr(`${formatBytes(before)} became ${formatBytes(bytes.length)}`);
  },
};
