import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, type StateDict, type Tensor } from '../../tensor.js';
import type { AmplifierDescription } from './description.js';
import { type JsonObject, numbersOf, objectIn, sizeIn, wrongField } from './json-fields.js';

/**
 * Reads a model of GuitarML, as Automated-GuitarAmpModelling writes it: `model_data`, and PyTorch's state dict as lists under
 * `rec.` and `lin.`.
 *
 * Source: Automated-GuitarAmpModelling, CoreAudioML/networks.py (`SimpleRNN.save_model`).
 *
 * @throws {HiddenstateError} if it is another network, or damaged
 */
export function describeGuitarml(file: JsonObject, who: string): AmplifierDescription {
  const data = objectIn(file, 'model_data', who);
  const dict = objectIn(file, 'state_dict', who);
  const type = data.unit_type ?? 'LSTM';
  if (type !== 'LSTM' && type !== 'GRU') {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got a GuitarML model of unit_type ${describeValue(type)}, expected "LSTM" or "GRU"`,
    );
  }
  const [H, I, outputs] = ['hidden_size', 'input_size', 'output_size'].map((name) =>
    sizeIn(data, name, `${who}: model_data`),
  );
  const layers = sizeIn(data, 'num_layers', `${who}: model_data`, 1);
  const rows = (type === 'LSTM' ? 4 : 3) * H;
  const names = new Set(Object.keys(dict));
  const tensor = (name: string, dims: readonly number[]): Tensor => {
    names.delete(name);
    return { data: numbersOf(Object.hasOwn(dict, name) ? dict[name] : undefined, dims, `${who}: ${name}`), dims };
  };
  const tensors: StateDict = {};
  for (let layer = 0; layer < layers; layer++) {
    tensors[`weight_ih_l${layer}`] = tensor(`rec.weight_ih_l${layer}`, [rows, layer === 0 ? I : H]);
    tensors[`weight_hh_l${layer}`] = tensor(`rec.weight_hh_l${layer}`, [rows, H]);
    tensors[`bias_ih_l${layer}`] = tensor(`rec.bias_ih_l${layer}`, [rows]);
    tensors[`bias_hh_l${layer}`] = tensor(`rec.bias_hh_l${layer}`, [rows]);
  }
  const head: StateDict = { weight: tensor('lin.weight', [outputs, H]) };
  if (data.bias_fl !== false) head.bias = tensor('lin.bias', [outputs]);
  const [unknown] = names;
  if (unknown !== undefined) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: got unknown tensor ${describeValue(unknown)}, expected only rec. and lin.`,
    );
  }
  return {
    format: 'guitarml',
    sampleRate: typeof data.sample_rate === 'number' && data.sample_rate > 0 ? data.sample_rate : undefined,
    modules: [
      { type, tensors },
      { type: 'Linear', tensors: head },
    ],
    skip: skipOf(data, outputs, who),
  };
}

/** `skip`: how many inputs are added to the output. */
function skipOf({ skip = 0 }: JsonObject, outputs: number, who: string): boolean {
  if (skip !== 0 && skip !== 1) throw wrongField(who, 'skip', skip, '0 or 1');
  if (skip === 1 && outputs !== 1) throw rangeError(`${who}: got skip 1 with ${outputs} outputs, expected one`);
  return skip === 1;
}
