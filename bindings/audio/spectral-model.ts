import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, HiddenstateError, rangeError, typeError } from '../errors.js';
import { sharedEngine } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { FrameTransform } from '../spectra/index.js';
import { describeValue } from '../tensor.js';
import { assertFunction, assertRate, assertSamples } from './checks.js';
import { InverseStft, type InverseStftOptions } from './inverse-stft.js';
import { SampleQueue } from './sample-queue.js';
import { RunningStage, type SpectralFrame, type SpectralStage } from './spectral-stage.js';
import { type PadMode, Stft } from './stft.js';
import { STFT_NAMES } from './stft-options.js';

/** Options of `SpectralModel`. */
export interface SpectralModelOptions extends Omit<InverseStftOptions, 'onesided' | 'center'> {
  /** Rate of the samples in Hz: that which the networks were trained at. */
  sampleRate: number;
  /** The networks that a frame goes through, one after the other. */
  stages: readonly SpectralStage[];
  /**
   * Where the first frame lies. `true`: its middle is at the first sample, and what is before is padded by `padMode`, as `torch.stft`
   * does and training code with it. `false`: it ends with the first hop, after silence, as code for live sound does. Default true.
   */
  center?: boolean;
  /** What pads the signal where `center` is true. Default `reflect`, as torch has it. */
  padMode?: PadMode;
  /** Blocks hold a multiple of so many samples, which makes the delay shorter: 128 in a worklet. Default 1. */
  blockSize?: number;
  /**
   * Called once when a sample is NaN or infinite: from there on silence is heard, until `reset()`. And once when a network gives such
   * a number: from there on the sound passes unchanged, until `reset()`.
   */
  onError?: (error: Error) => void;
}

const NAMES = [
  ...STFT_NAMES.filter((name) => name !== 'onesided'),
  'overlap',
  'sampleRate',
  'stages',
  'padMode',
  'blockSize',
  'onError',
];

/** Samples that are taken at a time. */
const CHUNK = 4096;

/**
 * A denoiser, or whatever else changes the spectrum of sound: frames are transformed, go through networks with states, and are
 * transformed back and added up. Blocks of any length go in, and as many samples come out, `latency` samples later. Allocates nothing
 * after construction.
 *
 * @example
 * ```ts
 * import { makeWindow, SpectralModel } from 'hiddenstate/audio';
 * import { loadOnnx } from 'hiddenstate/onnx';
 *
 * const net = await loadOnnx('denoiser.onnx');
 * const window = makeWindow('hann', 512).map(Math.sqrt);
 * const stages = [{ stream: net.stream(), input: 'complex' as const, output: 'complex' as const }];
 * const denoiser = new SpectralModel({ sampleRate: 16_000, nFft: 512, hopLength: 256, window, stages });
 * console.log(denoiser.push(block).length === block.length, denoiser.latency); // true 511
 * ```
 */
export class SpectralModel {
  /** Rate of the samples in Hz. */
  readonly sampleRate: number;
  /** Samples by which the output comes later than the input. */
  readonly latency: number;
  /** The same in milliseconds. */
  readonly latencyMs: number;
  /** Blocks hold a multiple of so many samples. */
  readonly blockSize: number;
  private readonly nFft: number;
  private readonly center: boolean;
  private readonly stft: Stft;
  private readonly inverse: InverseStft;
  private readonly transform: FrameTransform;
  private readonly stages: readonly RunningStage[];
  private readonly frame: SpectralFrame;
  private readonly queue: SampleQueue;
  private readonly chunk = new Float32Array(CHUNK);
  private readonly due: Float32Array;
  /** Samples of silence that the first frame begins with. */
  private readonly lead: number;
  /** How many of the samples that come out are still that silence. */
  private dropped = 0;
  private taken = 0;
  private deaf = false;
  private failed = false;
  private alive = true;
  private readonly onError: (error: Error) => void;

  /**
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if one is out of range, or a stage takes or gives another size
   */
  constructor(options: SpectralModelOptions) {
    const who = 'SpectralModel';
    assertOptions(options, NAMES, who);
    const { sampleRate, stages, padMode, overlap, onError = nothing, blockSize = 1, ...stft } = options;
    const { engine = sharedEngine(), center = true } = stft;
    assertRate(sampleRate, `${who}: sampleRate`);
    assertSize(blockSize, `${who}: blockSize`, 1, 2 ** 22);
    assertFunction(onError, `${who}: onError`);
    if (!Array.isArray(stages) || stages.length === 0) {
      throw typeError(`${who}: stages: got ${describeValue(stages)}, expected an array of stages`);
    }
    const named = <T extends object>(given: T) =>
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
    const held: { dispose?(): void; release?(): void }[] = [];
    const keep = <T extends (typeof held)[number]>(one: T): T => {
      held.push(one);
      return one;
    };
    try {
      this.stft = keep(new Stft(named({ ...stft, padMode }) as never));
      this.inverse = keep(new InverseStft(named({ ...stft, overlap }) as never));
      const { nFft } = stft;
      this.transform = keep(new FrameTransform(engine, nFft, undefined, who));
      this.stages = stages.map(
        (stage, i) => new RunningStage(stage, this.transform, this.stft.scale, `${who}: stages[${i}]`),
      );
      const hop = this.stft.hopLength;
      this.lead = center ? 0 : Math.max(0, nFft - hop);
      this.latency = delayOf(nFft, hop, center ? Math.floor(nFft / 2) : this.lead, blockSize, center);
      this.frame = {
        spectrum: new Float32Array(this.stft.spectrumSize),
        samples: new Float32Array(nFft),
        isSamples: false,
      };
      this.due = new Float32Array(Math.max(this.inverse.room, nFft, CHUNK));
      this.queue = new SampleQueue(this.latency + CHUNK + blockSize + 4 * Math.max(nFft, hop));
    } catch (error) {
      for (const one of held) (one.dispose ?? one.release)?.call(one);
      throw error;
    }
    this.sampleRate = sampleRate;
    this.nFft = stft.nFft;
    this.center = center;
    this.blockSize = blockSize;
    this.latencyMs = (1000 * this.latency) / sampleRate;
    this.onError = onError;
    this.reset();
  }

  /**
   * Takes a block of any length that is a multiple of `blockSize`.
   *
   * @param block samples; copied
   * @param out where as many samples go: those that went in `latency` samples before, silence at first; may be the block. A new array
   *   unless given
   * @returns `out`
   * @throws {TypeError} if the block or out is not a Float32Array
   * @throws {RangeError} if the block is no multiple of `blockSize`, or out has another length; nothing was taken
   * @throws {Error} after `dispose()`
   */
  push(block: Float32Array, out: Float32Array = new Float32Array(block?.length ?? 0)): Float32Array {
    const who = 'SpectralModel.push';
    if (!this.alive) throw disposedError(who, 'model');
    assertSamples(block, `${who}: block`);
    assertSamples(out, `${who}: out`);
    if (block.length % this.blockSize !== 0) {
      throw rangeError(`${who}: block: got ${block.length} samples, expected a multiple of ${this.blockSize}`);
    }
    if (out.length !== block.length) {
      throw rangeError(`${who}: out: got ${out.length} samples, expected ${block.length} as in the block`);
    }
    // In steps of whole blocks, so that what is due is there.
    const step = this.blockSize * Math.max(1, Math.floor(CHUNK / this.blockSize));
    for (let at = 0; at < block.length; at += step) {
      const size = Math.min(step, block.length - at);
      for (let done = 0; done < size; done += CHUNK) this.take(block, at + done, Math.min(CHUNK, size - done));
      this.queue.take(out, at, size);
    }
    return out;
  }

  /**
   * The sound is over: gives the last `latency` samples, as if silence followed, and begins anew.
   *
   * @param out where the samples go: `latency` of them; a new array unless given
   * @returns `out`
   * @throws {TypeError | RangeError} if out is no Float32Array of `latency` samples
   * @throws {Error} after `dispose()`
   */
  flush(out: Float32Array = new Float32Array(this.latency)): Float32Array {
    const who = 'SpectralModel.flush';
    if (!this.alive) throw disposedError(who, 'model');
    assertSamples(out, `${who}: out`);
    if (out.length !== this.latency) {
      throw rangeError(`${who}: out: got ${out.length} samples, expected ${this.latency}`);
    }
    const { latency, queue } = this;
    try {
      this.finish();
      if (queue.length < latency) queue.pushSilence(latency - queue.length);
      queue.take(out, 0, latency);
      return out;
    } finally {
      this.reset();
    }
  }

  /**
   * Processes a whole recording, the delay taken out: what `torch.istft` gives with its length. Begins anew before and after.
   *
   * @param samples one channel; unchanged
   * @returns as many samples
   * @throws {TypeError} if the samples are no Float32Array
   * @throws {Error} after `dispose()`
   */
  process(samples: Float32Array): Float32Array {
    assertSamples(samples, 'SpectralModel.process: samples');
    this.reset();
    const { queue, latency } = this;
    const out = new Float32Array(latency + samples.length);
    let at = 0;
    const drain = () => {
      const count = Math.min(queue.length, out.length - at);
      queue.take(out, at, count);
      at += count;
    };
    try {
      for (let from = 0; from < samples.length; from += CHUNK) {
        this.take(samples, from, Math.min(CHUNK, samples.length - from));
        drain();
      }
      this.finish();
      drain();
    } finally {
      this.reset();
    }
    return out.slice(latency);
  }

  /** Begins anew, with the states of the networks. */
  reset(): void {
    if (!this.alive) throw disposedError('SpectralModel.reset', 'model');
    this.stft.reset();
    this.inverse.reset();
    for (const stage of this.stages) stage.reset();
    this.queue.clear();
    this.queue.pushSilence(this.latency);
    this.taken = 0;
    this.deaf = false;
    this.failed = false;
    this.dropped = this.lead;
    this.due.fill(0);
    for (let left = this.lead; left > 0; left -= CHUNK) this.stft.take(this.due, Math.min(CHUNK, left), this.hear);
  }

  private take(block: Float32Array, from: number, size: number): void {
    const { chunk } = this;
    for (let i = 0; i < size; i++) {
      const sample = block[from + i];
      // NaN and infinities minus themselves are NaN.
      const lost = sample - sample !== 0;
      if (lost) this.lose(sample);
      chunk[i] = lost || this.deaf ? 0 : sample;
    }
    this.taken += size;
    this.stft.take(chunk, size, this.hear);
  }

  private lose(sample: number): void {
    if (this.deaf) return;
    this.deaf = true;
    this.onError(
      rangeError(
        `SpectralModel.push: block: got a sample of ${sample}, expected finite numbers; silence is heard until reset()`,
      ),
    );
  }

  private readonly hear = (given: Float32Array): void => {
    const { frame, stages, inverse, due } = this;
    frame.spectrum.set(given);
    frame.isSamples = false;
    for (let i = 0; i < stages.length && !this.failed; i++) {
      if (stages[i].run(frame)) continue;
      this.failed = true;
      frame.spectrum.set(given);
      frame.isSamples = false;
      this.onError(
        new HiddenstateError(
          'DATA',
          `SpectralModel: stages[${i}]: got numbers of its network that are not finite; the sound passes unchanged until reset()`,
        ),
      );
    }
    const count = frame.isSamples ? inverse.pushFrame(frame.samples, due) : inverse.push(frame.spectrum, due);
    this.enqueue(count);
  };

  private enqueue(count: number): void {
    const skipped = Math.min(this.dropped, count);
    this.dropped -= skipped;
    this.queue.push(this.due, skipped, count - skipped);
  }

  /** Lets silence follow until all that was taken has come out. */
  private finish(): void {
    const { stft, inverse, chunk, nFft } = this;
    if (this.taken === 0) return;
    const reflected = this.center ? Math.floor(nFft / 2) + 1 : 0;
    let silence = this.center ? Math.max(0, reflected - this.taken) : nFft + stft.hopLength;
    chunk.fill(0);
    for (; silence > 0; silence -= CHUNK) stft.take(chunk, Math.min(CHUNK, silence), this.hear);
    if (!this.center) return;
    stft.flush(this.hear);
    this.enqueue(inverse.finish(this.due));
  }

  /** Gives the memory back. The streams of the stages live on. */
  dispose(): void {
    this.alive = false;
    this.stft.dispose();
    this.inverse.dispose();
    this.transform.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }
}

const nothing = () => {};

/**
 * By how many samples the output of an overlap-add comes later, where blocks are multiples of `block`.
 *
 * @param pad samples before the first one in the first frame
 * @param held whether as many at the end of the last frame are held back
 */
function delayOf(nFft: number, hop: number, pad: number, block: number, held: boolean): number {
  if (hop > nFft - (held ? pad : 0)) return Math.max(nFft, hop + (held ? pad : 0)) - 1;
  // Blocks end where frames do up to a multiple of what divides both.
  let [grid, rest] = [hop, block];
  while (rest > 0) [grid, rest] = [rest, grid % rest];
  return nFft - grid + ((((pad - nFft) % grid) + grid) % grid);
}
