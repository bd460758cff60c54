import { reasonOf } from '../../errors.js';
import { elements } from '../../formats/files/recognise-layers.js';
import { CliError, oneLine } from '../cli-error.js';
import type { ModelFile } from '../model-file.js';
import { counted, formatBytes, formatCount } from '../terminal/format.js';
import { type Inspection, left, right, section } from './layout.js';
import { describeSizes } from './modules.js';

const TITLES: Readonly<Record<string, string>> = {
  nam: 'Neural Amp Modeler',
  guitarml: 'GuitarML',
  rtneural: 'RTNeural',
};

/**
 * The layers of an amplifier.
 *
 * @throws {CliError} if hiddenstate has no such network, or the file is damaged
 */
export async function inspectAmplifier({ path, format, bytes }: ModelFile): Promise<Inspection> {
  const { loadAmplifier } = await import('../../formats/amplifier/index.js');
  try {
    const { model, sampleRate, skip, state } = loadAmplifier(bytes);
    const layers = model.modules.map(({ config, parameters }) => ({
      ...config,
      parameters: parameters.reduce((sum, { dims }) => sum + elements(dims), 0),
    }));
    model.dispose();
    const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
    const startsTrained = state.some((part) => part !== undefined);
    const content = {
      ...{ file: path, format, bytes: bytes.length, parameters, sampleRate },
      ...{ addsInput: skip, startsTrained, layers, problems: [] },
    };
    const counts = [
      counted(layers.length, 'layer'),
      counted(parameters, 'parameter'),
      ...(sampleRate === undefined ? [] : [`captured at ${formatCount(sampleRate)} Hz`]),
      formatBytes(bytes.length),
    ];
    const notes = [
      ...(startsTrained ? ['Begins with a trained state.'] : []),
      ...(skip ? ['Adds its input to its output.'] : []),
    ];
    const rows = layers.map(({ type, parameters: count, ...sizes }, i) => [
      String(i),
      type,
      describeSizes({ type, sizes }),
      formatCount(count),
    ]);
    return {
      content,
      lines: [
        `${oneLine(path)}: ${TITLES[format]}, ${counts.join(', ')}`,
        ...section('Layers, in order', [right(''), left('type'), left('sizes'), right('parameters')], rows),
        ...(notes.length > 0 ? ['', ...notes] : []),
      ],
    };
  } catch (error) {
    throw new CliError(`${path}: not an amplifier that runs here: ${reasonOf(error, 'loadAmplifier')}`);
  }
}
