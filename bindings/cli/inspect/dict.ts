import { WEIGHTS_READERS } from '../../formats/files/readers.js';
import { elements, type RecognisedLayer, recogniseLayers } from '../../formats/files/recognise-layers.js';
import { oneLine } from '../cli-error.js';
import { type ModelFile, readDict } from '../model-file.js';
import { counted, formatBytes, formatCount } from '../terminal/format.js';
import { type Inspection, left, right, section, shownDims, shownName } from './layout.js';
import { describeSizes } from './modules.js';

/**
 * Layers and tensors of a file of weights: a checkpoint of PyTorch, arrays of NumPy, HDF5 without a model.
 *
 * @throws {CliError} if it is damaged
 */
export async function inspectDict(file: ModelFile): Promise<Inspection> {
  const dict = await readDict(file);
  const tensors = Object.entries(dict).map(([name, { dims }]) => ({ name, shape: dims }));
  const layers = recogniseLayers(tensors.map((tensor) => ({ ...tensor, dtype: 'F32' })));
  const parameters = tensors.reduce((sum, { shape }) => sum + elements(shape), 0);
  const { path, format, bytes } = file;
  const content = { file: path, format, bytes: bytes.length, parameters, layers, tensors };
  const counts = [counted(tensors.length, 'tensor'), counted(parameters, 'number'), formatBytes(bytes.length)];
  return {
    content,
    lines: [
      `${oneLine(path)}: ${WEIGHTS_READERS[format]?.program}, ${counts.join(', ')}`,
      ...section('Layers', LAYER_COLUMNS, layers.map(layerRow)),
      ...section(
        'Tensors',
        [left('name'), left('shape')],
        tensors.map(({ name, shape }) => [shownName(name), shownDims(shape)]),
      ),
      ...wayToRun(layers),
    ],
  };
}

const LAYER_COLUMNS = [left('prefix'), left('type'), left('sizes'), right('parameters')];

function layerRow({ prefix, parameters, ...layer }: RecognisedLayer): string[] {
  return [shownName(prefix) || '(none)', layer.type, describeSizes(layer), formatCount(parameters)];
}

/** Weights do not say how their layers follow each other. */
function wayToRun(layers: readonly RecognisedLayer[]): string[] {
  const names = layers.filter(({ type }) => /^(LSTM|GRU|RNN|Linear)$/.test(type)).map(({ prefix }) => prefix);
  if (names.length === 0) return ['', 'No layers of torch.nn that it could be run as.'];
  const shown = oneLine(names.map((name) => name.replace(/\.$/, '')).join(','));
  return ['', `To run it, name the layers in order: --layers ${shown}`];
}
