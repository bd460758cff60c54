import { rangeError, typeError } from '../errors.js';
import { assertOptions, refuse } from '../options.js';
import type { FrameTransform } from '../spectra/index.js';
import { describeValue } from '../tensor.js';

const INPUTS = ['complex', 'planes', 'magnitude', 'power', 'frame'] as const;
const OUTPUTS = ['complex', 'planes', 'magnitude', 'mask', 'complex-mask', 'planes-mask', 'frame'] as const;

/** What a stage needs of a stream: those of layers, Sequential, graphs and Keras models have it. */
export interface SpectralStream {
  /** 1. */
  readonly batch: number;
  /** Numbers that a step takes. */
  readonly inputSize: number;
  /** Numbers that a step gives. */
  readonly outputSize: number;
  /** Advances by one step. */
  step(x: Float32Array, out?: Float32Array): Float32Array;
  /** Begins anew. */
  reset(): void;
}

/** A network that works on one frame of a spectrum after the other. */
export interface SpectralStage {
  /** Steps one frame at a time, its states kept between frames. Stays the caller's. */
  stream: SpectralStream;
  /**
   * What a step takes: `complex` real and imaginary part of each bin in turn ([bins, 2]), `planes` all real parts and then all
   * imaginary parts ([2, bins]), `magnitude` or its square, `power`, `frame` the nFft samples themselves; or a function that writes
   * x from the spectrum.
   */
  input: (typeof INPUTS)[number] | ((spectrum: Float32Array, x: Float32Array) => void);
  /**
   * What a step gives: a spectrum as `complex` or `planes`, a `magnitude` that keeps the phase it had, a `mask` of one gain for each
   * bin, a `complex-mask` or `planes-mask` that bins are multiplied by as complex numbers, the samples of the `frame`; or a function
   * that changes the spectrum by y.
   */
  output: (typeof OUTPUTS)[number] | ((y: Float32Array, spectrum: Float32Array) => void);
}

/** A frame on its way through the stages: a spectrum or samples, whichever was written last. */
export interface SpectralFrame {
  readonly spectrum: Float32Array;
  readonly samples: Float32Array;
  isSamples: boolean;
}

/** A stage that runs. */
export class RunningStage {
  private readonly x: Float32Array;
  private readonly y: Float32Array;

  /**
   * @param transform without a window
   * @param scale what spectra are multiplied by
   * @throws {TypeError} if the stage is of the wrong kind
   * @throws {RangeError} if what it takes or gives has another size
   */
  constructor(
    private readonly stage: SpectralStage,
    private readonly transform: FrameTransform,
    private readonly scale: number,
    who: string,
  ) {
    assertOptions(stage, ['stream', 'input', 'output'], who);
    const { stream, input, output } = stage;
    if (typeof stream?.step !== 'function' || typeof stream.reset !== 'function') {
      throw typeError(`${who}.stream: got ${describeValue(stream)}, expected a stream of a model`);
    }
    if (typeof input !== 'function' && !INPUTS.includes(input)) {
      refuse(input, 'string', `${who}.input`, `a function, or ${INPUTS.join(', ')}`);
    }
    if (typeof output !== 'function' && !OUTPUTS.includes(output)) {
      refuse(output, 'string', `${who}.output`, `a function, or ${OUTPUTS.join(', ')}`);
    }
    if (stream.batch !== 1) throw rangeError(`${who}.stream: got a batch of ${stream.batch}, expected 1`);
    this.expectSize(input, stream.inputSize, `${who}.input`);
    this.expectSize(output, stream.outputSize, `${who}.output`);
    this.x = new Float32Array(stream.inputSize);
    this.y = new Float32Array(stream.outputSize);
  }

  /**
   * Advances by one frame.
   *
   * @returns whether all numbers are finite; where not, the frame is as it was
   */
  run(frame: SpectralFrame): boolean {
    const { stage, x, y } = this;
    this.read(frame);
    stage.stream.step(x, y);
    for (let i = 0; i < y.length; i++) if (y[i] - y[i] !== 0) return false;
    this.write(frame);
    return true;
  }

  /** Begins anew. */
  reset(): void {
    this.stage.stream.reset();
  }

  private read(frame: SpectralFrame): void {
    const { x } = this;
    const { input } = this.stage;
    if (input === 'frame') {
      if (!frame.isSamples) {
        this.transform.inverse(frame.spectrum, frame.samples);
        multiply(frame.samples, 1 / this.scale);
      }
      x.set(frame.samples);
      return;
    }
    const spectrum = this.spectrumOf(frame);
    const bins = spectrum.length / 2;
    if (input === 'complex') x.set(spectrum);
    else if (input === 'planes') {
      for (let k = 0; k < bins; k++) {
        x[k] = spectrum[2 * k];
        x[bins + k] = spectrum[2 * k + 1];
      }
    } else if (input === 'magnitude' || input === 'power') {
      for (let k = 0; k < bins; k++) {
        const power = spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2;
        x[k] = input === 'power' ? power : Math.sqrt(power);
      }
    } else input(spectrum, x);
  }

  private write(frame: SpectralFrame): void {
    const { y } = this;
    const { output } = this.stage;
    if (output === 'frame') {
      frame.samples.set(y);
      frame.isSamples = true;
      return;
    }
    const spectrum = this.spectrumOf(frame);
    const bins = spectrum.length / 2;
    if (output === 'complex') spectrum.set(y);
    else if (typeof output === 'function') output(y, spectrum);
    else {
      for (let k = 0; k < bins; k++) {
        const [r, i] = [2 * k, 2 * k + 1];
        if (output === 'planes') {
          spectrum[r] = y[k];
          spectrum[i] = y[bins + k];
        } else if (output === 'mask') {
          spectrum[r] *= y[k];
          spectrum[i] *= y[k];
        } else if (output === 'magnitude') {
          const was = Math.hypot(spectrum[r], spectrum[i]);
          // Silence has phase 0.
          spectrum[r] = was > 0 ? (spectrum[r] / was) * y[k] : y[k];
          spectrum[i] = was > 0 ? (spectrum[i] / was) * y[k] : 0;
        } else {
          const planes = output === 'planes-mask';
          const [a, b] = [y[planes ? k : r], y[planes ? bins + k : i]];
          const re = spectrum[r] * a - spectrum[i] * b;
          spectrum[i] = spectrum[r] * b + spectrum[i] * a;
          spectrum[r] = re;
        }
      }
    }
  }

  private spectrumOf(frame: SpectralFrame): Float32Array {
    if (frame.isSamples) {
      this.transform.forward(frame.samples, frame.spectrum);
      multiply(frame.spectrum, this.scale);
      frame.isSamples = false;
    }
    return frame.spectrum;
  }

  private expectSize(what: unknown, size: number, who: string): void {
    if (typeof what === 'function') return;
    const { bins, size: samples } = this.transform;
    const single = what === 'magnitude' || what === 'power' || what === 'mask';
    const expected = what === 'frame' ? samples : single ? bins : 2 * bins;
    if (size === expected) return;
    throw rangeError(`${who}: got a stream of ${size} numbers, expected ${expected} for ${describeValue(what)}`);
  }
}

function multiply(values: Float32Array, by: number): void {
  if (by !== 1) for (let i = 0; i < values.length; i++) values[i] *= by;
}
