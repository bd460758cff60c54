import type { AmplifierOptions, SpectralModelOptions, SpectralStage, VadOptions } from '../audio/index.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { isPlace } from '../formats/is-place.js';
import { assertBoolean, assertOptions } from '../options.js';
import { describeValue } from '../tensor.js';
import type { EventName, HeardFrame, Kind, MeterReport, ModelBytes, StagePlan, UnitPlan } from './messages.js';
import { bytesOf, type ModelFile, readModelFile } from './model-file.js';

/** What nodes of every kind take. */
export interface SoundNodeOptions {
  /**
   * Where `hiddenstate/worklet/processor.js` is served. Without it the file that the package carries is given to the browser as a
   * Blob, which a content security policy without `blob:` refuses.
   */
  processorUrl?: string | URL;
  /** Called when a sample is NaN, and when the processor fails: from then on sound goes through as it is. */
  onError?: (error: Error) => void;
  /** Called once a second with how long quanta took. */
  onMeter?: (report: MeterReport) => void;
}

/** Voice activity: options and events of `Vad.load`, which are those of vad-web. Sound goes through as it is. */
export interface VadNodeOptions
  extends SoundNodeOptions,
    Omit<VadOptions, 'sampleRate' | 'engine' | 'onError' | 'onFrame'> {
  kind: 'vad';
  model: ModelFile;
  /** Called for every frame with the probability of speech and the samples at 16 kHz, which are the callee's. */
  onFrame?: (probability: number, frame: Float32Array) => void;
}

/** An amplifier: options of `Amplifier.load`. */
export interface AmplifierNodeOptions
  extends SoundNodeOptions,
    Omit<AmplifierOptions, 'sampleRate' | 'engine' | 'onError'> {
  kind: 'amplifier';
  model: ModelFile;
}

/** One network that spectra go through: a `SpectralStage` by the bytes of its model. */
export interface SpectralNodeStage {
  model: ModelFile;
  /** What a step takes, and what it gives; functions do not reach the audio thread. */
  input: Exclude<SpectralStage['input'], (...parts: never) => unknown>;
  output: Exclude<SpectralStage['output'], (...parts: never) => unknown>;
  /** Of a file of weights: the layers to make, in order. */
  layers?: readonly string[];
  /** Options of the model's `stream`; of an ONNX graph: `{ input, output, states, dims }`. */
  stream?: Readonly<Record<string, unknown>>;
}

/** A denoiser, or whatever else changes the spectrum of sound: options of `SpectralModel`, networks by their bytes. */
export interface SpectralNodeOptions
  extends SoundNodeOptions,
    Omit<SpectralModelOptions, 'stages' | 'blockSize' | 'engine' | 'onError'> {
  kind: 'spectral';
  /** The networks that a frame goes through, one after the other. */
  stages: readonly SpectralNodeStage[];
}

/** A model of one's own: each `inputSize` samples are a step of its stream. */
export interface ModelNodeOptions extends SoundNodeOptions {
  kind: 'model';
  model: ModelFile;
  /** Of a file of weights: the layers to make, in order, by what their tensors' names begin with: `['rec', 'head']`. */
  layers?: readonly string[];
  /** Options of the model's `stream`; of an ONNX graph: `{ input, output, states, dims }`. */
  stream?: Readonly<Record<string, unknown>>;
  /** Whether outputs are sound, to be played. Default: where a step gives as many numbers as it takes. */
  play?: boolean;
  /** Called with the output of each step of a model that is not played. */
  onOutput?: (output: Float32Array) => void;
}

/** Options of `createNode`. */
export type NodeOptions = VadNodeOptions | AmplifierNodeOptions | SpectralNodeOptions | ModelNodeOptions;

const COMMON = ['kind', 'processorUrl', 'onError', 'onMeter'];

/** Of each kind: the options that go to the processor, and the callbacks. */
const KINDS: Readonly<Record<string, { readonly options: readonly string[]; readonly callbacks: readonly string[] }>> =
  {
    vad: {
      options: ['positiveSpeechThreshold', 'negativeSpeechThreshold', 'redemptionMs', 'preSpeechPadMs', 'minSpeechMs'],
      callbacks: ['onSpeechStart', 'onSpeechRealStart', 'onSpeechEnd', 'onVADMisfire', 'onFrame'],
    },
    amplifier: { options: ['modelRate', 'rateCorrection', 'prewarmMs', 'controls'], callbacks: [] },
    spectral: {
      options: [
        'sampleRate',
        'nFft',
        'hopLength',
        'winLength',
        'window',
        'synthesisWindow',
        'overlap',
        'normalized',
        'center',
        'padMode',
      ],
      callbacks: [],
    },
    model: { options: ['stream', 'play'], callbacks: ['onOutput'] },
  };

/** The event of each callback. */
const EVENT_OF: Readonly<Record<string, EventName>> = {
  onSpeechStart: 'speechstart',
  onSpeechRealStart: 'speechrealstart',
  onSpeechEnd: 'speechend',
  onVADMisfire: 'misfire',
  onFrame: 'frame',
  onOutput: 'output',
  onMeter: 'meter',
  onError: 'error',
};

/** Milliseconds of sound between two reports of the meter. */
const METER_MS = 1000;

type Callback = (...details: readonly unknown[]) => void;

/**
 * Checks options, gets the model, and says what a processor has to be.
 *
 * @param quantum samples of a block
 * @param live whether sound can come too late
 * @throws {TypeError} if an option is of the wrong kind
 * @throws {Error} if the model cannot be fetched
 */
export async function planOf(
  given: NodeOptions,
  sampleRate: number,
  quantum: number,
  live: boolean,
  who: string,
): Promise<UnitPlan> {
  const { kind, processorUrl } = given ?? {};
  const known = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!known) {
    const names = Object.keys(KINDS).map(describeValue).join(', ');
    throw (typeof kind === 'string' ? rangeError : typeError)(
      `${who}: kind: got ${describeValue(kind)}, expected one of ${names}`,
    );
  }
  const files = { spectral: ['stages'], model: ['model', 'layers'] }[kind as string] ?? ['model'];
  assertOptions(given, [...COMMON, ...files, ...known.options, ...known.callbacks], who);
  const values = given as unknown as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(EVENT_OF)) {
    const value = values[name];
    if (value !== undefined && typeof value !== 'function') {
      throw typeError(`${who}: ${name}: got ${describeValue(value)}, expected a function`);
    }
  }
  if (values.play !== undefined) assertBoolean(values.play, `${who}: play`);
  if (processorUrl !== undefined && !isPlace(processorUrl)) {
    throw typeError(`${who}: processorUrl: got ${describeValue(processorUrl)}, expected a URL`);
  }
  const options = Object.fromEntries(
    known.options.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
  return {
    kind: kind as Kind,
    model: await modelOf(given, who),
    stages: given.kind === 'spectral' ? await stagesOf(given.stages, who) : [],
    sampleRate,
    quantum,
    options,
    wanted: Object.keys(EVENT_OF).flatMap((name) => (values[name] === undefined ? [] : [EVENT_OF[name]])),
    meterMs: values.onMeter === undefined ? 0 : METER_MS,
    live,
  };
}

/** Calls the callbacks of options with the events of a target. */
export function connectCallbacks(target: EventTarget, given: NodeOptions): void {
  const values = given as unknown as Readonly<Record<string, Callback | undefined>>;
  for (const [name, event] of Object.entries(EVENT_OF)) {
    const callback = values[name];
    if (!callback) continue;
    target.addEventListener(event, (told) => {
      const { detail } = told as CustomEvent<unknown>;
      if (name !== 'onFrame') callback(...(detail === undefined || detail === null ? [] : [detail]));
      else callback((detail as HeardFrame).probability, (detail as HeardFrame).frame);
    });
  }
}

function stagesOf(stages: unknown, who: string): Promise<StagePlan[]> {
  if (!Array.isArray(stages) || stages.length === 0) {
    throw typeError(`${who}: stages: got ${describeValue(stages)}, expected an array of stages`);
  }
  return Promise.all(
    stages.map(async (stage: SpectralNodeStage, i) => {
      const where = `${who}: stages[${i}]`;
      assertOptions(stage, ['model', 'input', 'output', 'layers', 'stream'], where);
      for (const name of ['input', 'output'] as const) {
        if (typeof stage[name] === 'string') continue;
        throw typeError(
          `${where}: ${name}: got ${describeValue(stage[name])}, expected a name: functions stay in the page`,
        );
      }
      const { model, layers, ...rest } = stage;
      return { ...rest, model: await readModelFile(model, layers, `${where}: model`) };
    }),
  );
}

/** What a detector or an amplifier is, its own reader says. */
async function modelOf(given: NodeOptions, who: string): Promise<ModelBytes> {
  if (given.kind === 'spectral') return { bytes: new Uint8Array(), format: '' };
  const where = `${who}: model`;
  if (given.kind === 'model') return readModelFile(given.model, given.layers, where);
  return { bytes: await bytesOf(given.model, where), format: '' };
}

/** The error of a host that lacks what is needed. */
export function hostError(message: string, cause?: unknown): HiddenstateError {
  return new HiddenstateError('HOST', message, cause === undefined ? undefined : { cause });
}
