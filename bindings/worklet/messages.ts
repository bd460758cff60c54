import type { SentError } from '../parallel/messages.js';

/** What runs in the audio thread. */
export type Kind = 'vad' | 'amplifier' | 'spectral' | 'model';

/** All that a processor needs to build its model: values that can be cloned, weights as bytes. */
export interface UnitPlan {
  readonly kind: Kind;
  /** The file of the model; of kind "spectral" each of `stages` has one. */
  readonly model: ModelBytes;
  readonly stages: readonly StagePlan[];
  /** Sample rate of the input, in Hz. */
  readonly sampleRate: number;
  /** Samples of a block. */
  readonly quantum: number;
  /** Options of the detector, amplifier or stream. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Events that are sent only because somebody listens for them. */
  readonly wanted: readonly string[];
  /** Milliseconds of sound between two reports of the meter; 0 for none. */
  readonly meterMs: number;
  /** Whether the sound goes to a device, so that underruns can happen. */
  readonly live: boolean;
}

/** A file, recognised in the page. */
export interface ModelBytes {
  readonly bytes: Uint8Array | ArrayBuffer;
  readonly format: string;
}

/** One network that spectra go through. */
export interface StagePlan {
  readonly model: ModelBytes;
  readonly stream?: Readonly<Record<string, unknown>> | undefined;
  readonly input: unknown;
  readonly output: unknown;
}

/** A message from a node to its processor, or from a page to its worker. */
export type Order =
  | { readonly type: 'plan'; readonly plan: UnitPlan }
  | { readonly type: 'block'; readonly block: Float32Array }
  | { readonly type: 'controls'; readonly controls: readonly number[] | Float32Array }
  | { readonly type: 'flush' }
  | { readonly type: 'reset' }
  | { readonly type: 'resumed' }
  | { readonly type: 'dispose' };

/** A message from a processor to its node, or from a worker to its page. */
export type Report =
  | { readonly type: 'loaded' }
  | { readonly type: 'ready'; readonly latency: number }
  | { readonly type: 'failed'; readonly error: SentError }
  | { readonly type: 'event'; readonly name: EventName; readonly detail: unknown };

/** Events by their names, with what their `detail` holds. */
export interface SoundEvents {
  /** Speech began. */
  speechstart: undefined;
  /** Speech has lasted for `minSpeechMs`. */
  speechrealstart: undefined;
  /** Speech ended: its audio at 16 kHz. */
  speechend: Float32Array;
  /** Speech that began ended before `minSpeechMs`. */
  misfire: undefined;
  /** A frame was heard. Only where there is an `onFrame`. */
  frame: HeardFrame;
  /** The output of a model whose output is not sound. */
  output: Float32Array;
  /** How long quanta took. Only where there is an `onMeter`. */
  meter: MeterReport;
  /** A sample was NaN, or the processor failed and passes sound through from now on. */
  error: Error;
}

/** The name of an event that a node gives. */
export type EventName = keyof SoundEvents;

/** One frame of voice activity detection. */
export interface HeardFrame {
  /** Probability of speech. */
  readonly probability: number;
  /** The samples at 16 kHz. */
  readonly frame: Float32Array;
}

/** How long quanta took since the report before. */
export interface MeterReport {
  /** Quanta that were measured. */
  readonly quanta: number;
  /** Microseconds a quantum, the mean. */
  readonly micros: number;
  /**
   * Microseconds of the slowest quantum. Audio threads of today's browsers have a clock of whole milliseconds: there it is a
   * lower bound, of `resolution` microseconds less at most.
   */
  readonly worst: number;
  /** Microseconds between two ticks of the clock. */
  readonly resolution: number;
  /** Microseconds that a quantum lasts. */
  readonly budget: number;
  /** Times that sound came too late, since the node was made. */
  readonly underruns: number;
}
