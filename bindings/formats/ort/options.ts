import type { InferenceSession } from 'onnxruntime-common';
import { HiddenstateError } from '../../errors.js';
import { describeValue } from '../../tensor.js';

type Options = Readonly<Record<string, unknown>>;

/** An option that asks for something there is not, and the values of it that ask for nothing. */
interface Limit {
  readonly harmless: (value: unknown) => boolean;
  readonly expected: string;
}

const isOff = (value: unknown) => value === undefined || value === false;
const isAbsent = (value: unknown) => value === undefined || value === '';

const LOCATIONS: readonly unknown[] = ['none', 'cpu', 'cpu-pinned', 'texture', 'gpu-buffer', 'ml-tensor'];

/**
 * Where outputs are wished, said once for all or output by output. They are in the CPU's memory all the same, as those of
 * onnxruntime-web's wasm are: a wish of a program that would rather have them on a GPU.
 */
function isLocation(value: unknown): boolean {
  if (value === undefined || LOCATIONS.includes(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => LOCATIONS.includes(each));
}

/**
 * All others are taken without a word, for they change no result: which providers and how many threads, how memory is
 * kept, what is optimised and logged, sizes of free dimensions (those of the feeds hold).
 */
const SESSION_LIMITS: Readonly<Record<string, Limit>> = {
  optimizedModelFilePath: { harmless: isAbsent, expected: 'none: no optimised model is written' },
  enableProfiling: { harmless: isOff, expected: 'false: there is no profiler' },
  preferredOutputLocation: { harmless: isLocation, expected: 'a location of onnxruntime, "cpu" or "gpu-buffer"' },
};

const RUN_LIMITS: Readonly<Record<string, Limit>> = {
  terminate: { harmless: isOff, expected: 'false: a run cannot be stopped' },
};

/**
 * Checks the options of a session.
 *
 * @throws {Error} if one asks for what there is not
 */
export function assertSessionOptions(options: InferenceSession.SessionOptions | undefined): void {
  assertHarmless(options as Options | undefined, SESSION_LIMITS, 'InferenceSession.create');
}

/**
 * Checks the options of a run.
 *
 * @throws {Error} if one asks for what there is not
 */
export function assertRunOptions(options: InferenceSession.RunOptions | undefined): void {
  assertHarmless(options as Options | undefined, RUN_LIMITS, 'InferenceSession.run');
}

function assertHarmless(options: Options | undefined, limits: Readonly<Record<string, Limit>>, who: string): void {
  // Most runs have no options.
  for (const name in options) {
    if (!Object.hasOwn(limits, name)) continue;
    const { harmless, expected } = limits[name];
    const value = options[name];
    if (!harmless(value))
      throw new HiddenstateError(
        'UNSUPPORTED',
        `${who}: option ${name}: got ${describeValue(value)}, expected ${expected}`,
      );
  }
}
