import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { type Engine, GRU, Linear, LSTM, type Module, ReLU, Sequential, Sigmoid, Softmax, Tanh } from '../../index.js';
import { assertOptions } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { strictUtf8 } from '../utf8.js';
import type { AmplifierDescription, AmplifierModule } from './description.js';
import { describeGuitarml } from './guitarml.js';
import { isObject } from './json-fields.js';
import { describeNam } from './nam.js';
import { describeRtneural } from './rtneural.js';

/** Options of `loadAmplifier`. */
export interface LoadAmplifierOptions {
  /** Where it runs; the shared engine unless given. */
  engine?: Engine;
}

/** The network of an amplifier or pedal: a sample in, a sample out. */
export interface AmplifierModel {
  readonly format: AmplifierDescription['format'];
  /** Samples a second that it was captured at, if the file says so. */
  readonly sampleRate: number | undefined;
  /** The layers, the head among them. The caller's, who disposes it. */
  readonly model: Sequential;
  /** The state it begins with, for `model.stream({ state })` and `forward(input, { state })`. */
  readonly state: readonly unknown[];
  /** Whether the input is added to what the layers give. */
  readonly skip: boolean;
}

/** Longer text is no captured amplifier: those have some 20 to 100 thousand characters. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads the network of a guitar amplifier or pedal: Neural Amp Modeler (`.nam`, LSTM), GuitarML and Proteus (`.json`), RTNeural
 * (`.json`). Which of them it is, the content says.
 *
 * @param bytes the file; not kept
 * @throws {HiddenstateError} if it is none of the three, has layers that are not recurrent, or is damaged
 * @throws {RangeError} if weights do not measure what the sizes in the file say
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { loadAmplifier } from 'hiddenstate/amplifier';
 *
 * const { model, state, skip } = loadAmplifier(await readFile('amp.nam'));
 * const stream = model.stream({ state });
 * const [y] = stream.step(Float32Array.of(0.1)); // one sample; add the input where `skip` is true
 * console.log(Number.isFinite(y), skip); // true false
 * ```
 */
export function loadAmplifier(bytes: Uint8Array | ArrayBuffer, options: LoadAmplifierOptions = {}): AmplifierModel {
  const who = 'loadAmplifier';
  assertOptions(options, ['engine'], who);
  const { format, sampleRate, modules, skip } = describeAmplifier(bytes, who);
  const made: Module[] = [];
  try {
    for (const module of modules) made.push(makeModule(module, options.engine));
    const model = new Sequential(made);
    if (model.inputSize < 1 || (skip && model.outputSize !== 1)) {
      throw rangeError(`${who}: got ${model.inputSize} inputs and ${model.outputSize} outputs, expected one output`);
    }
    return { format, sampleRate, model, state: modules.map(({ state }) => state), skip };
  } catch (error) {
    for (const module of made) module.dispose();
    throw error;
  }
}

/**
 * Reads what a file of an amplifier says, without making layers of it.
 *
 * @internal
 */
export function describeAmplifier(bytes: Uint8Array | ArrayBuffer, who: string): AmplifierDescription {
  const file = parse(bytes, who);
  if (isObject(file)) {
    if ('architecture' in file && 'weights' in file) return describeNam(file, who);
    if ('model_data' in file && 'state_dict' in file) return describeGuitarml(file, who);
    if ('in_shape' in file && 'layers' in file) return describeRtneural(file, who);
  }
  throw new HiddenstateError(
    'FILE',
    `${who}: got JSON of ${describeValue(file)} without "architecture", "model_data" or "in_shape", ` +
      'expected a file of Neural Amp Modeler, GuitarML or RTNeural',
  );
}

function parse(bytes: Uint8Array | ArrayBuffer, who: string): unknown {
  const isBytes = ArrayBuffer.isView(bytes) || Object.prototype.toString.call(bytes) === '[object ArrayBuffer]';
  if (!isBytes)
    throw typeError(`${who}: got ${describeValue(bytes)}, expected the file as a Uint8Array or an ArrayBuffer`);
  if (bytes.byteLength > MAX_BYTES)
    throw rangeError(`${who}: got ${bytes.byteLength} bytes, expected at most ${MAX_BYTES}`);
  // Not by a TextDecoder, which a worklet does not have.
  const text = strictUtf8(ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes));
  try {
    return JSON.parse((text ?? '').replace(/^\ufeff/, ''));
  } catch (error) {
    throw new HiddenstateError('FILE', `${who}: got text that is not JSON`, { cause: error });
  }
}

function makeModule({ type, tensors = {} }: AmplifierModule, engine: Engine | undefined): Module {
  switch (type) {
    case 'LSTM':
      return LSTM.fromStateDict(tensors, { engine });
    case 'GRU':
      return GRU.fromStateDict(tensors, { engine });
    case 'Linear':
      return Linear.fromStateDict(tensors, { engine });
    default:
      return new { Tanh, Sigmoid, ReLU, Softmax }[type]({ engine });
  }
}
