import { HiddenstateError, typeError } from '../errors.js';
import { readOnnx } from '../formats/onnx/read-onnx.js';
import { GraphModel, type GraphStream } from '../graph/index.js';
import { detectorOperators } from '../graph/plain-operators.js';
import { createEngine, type Engine, ready } from '../index.js';
import { spectraKernels } from '../spectra/kernels.js';
import { describeValue, tagOf } from '../tensor.js';

/** Samples a second that the models listen to. */
export const SILERO_RATE = 16_000;

/** How a model is fed; told apart by the names of its states. */
export interface Wiring {
  /** Samples that are new in each frame. */
  readonly frameSize: number;
  /** Samples before a frame that go in front of it. */
  readonly context: number;
  /** Each state's input, and the output that follows it. */
  readonly states: Readonly<Record<string, string>>;
  /** Dims of the states. */
  readonly dims: readonly number[];
}

const WIRINGS: readonly Wiring[] = [
  // Versions 5 and 6.
  { frameSize: 512, context: 64, states: { state: 'stateN' }, dims: [2, 1, 128] },
  // Version 4, which vad-web calls legacy.
  { frameSize: 1536, context: 0, states: { h: 'hn', c: 'cn' }, dims: [2, 1, 64] },
];

/** Options of a Silero model. */
export interface SileroOptions {
  /** Where it runs; the shared engine unless given. */
  engine?: Engine | undefined;
}

/**
 * A Silero voice activity detector: the probability that a frame holds speech, with a state that goes on from frame to frame in
 * wasm memory. Which version it is, and so how it is fed, its graph says.
 */
export class Silero {
  /** Samples of a frame, without the context. */
  readonly frameSize: number;
  /** Samples before a frame that go in front of it. */
  readonly context: number;
  private readonly probability = new Float32Array(1);

  private constructor(
    private readonly model: GraphModel,
    private readonly stream: GraphStream,
    { frameSize, context }: Wiring,
  ) {
    this.frameSize = frameSize;
    this.context = context;
  }

  /**
   * @param bytes of silero_vad.onnx, version 4, 5 or 6; they stay in use until `dispose()`
   * @param who the beginning of error messages
   * @throws {Error} if it is no such model
   */
  static async load(bytes: Uint8Array | ArrayBuffer, options: SileroOptions, who: string): Promise<Silero> {
    return Silero.open(await openSilero(bytes, options, who), who);
  }

  /** As `load`, at once. */
  static loadSync(bytes: Uint8Array | ArrayBuffer, options: SileroOptions, who: string): Silero {
    const { engine = createEngine() } = options;
    return Silero.open(graphOf(bytes, engine, who), who);
  }

  private static open(model: GraphModel, who: string): Silero {
    try {
      const wiring = wiringOf(model, who);
      return new Silero(model, openStream(model, wiring), wiring);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /**
   * Listens to the next frame. Allocates nothing.
   *
   * @param frame `context + frameSize` samples at 16 kHz, from −1 to 1
   * @returns the probability that there is speech in it
   */
  step(frame: Float32Array): number {
    this.stream.step(frame, this.probability);
    return this.probability[0];
  }

  /** Forgets what it heard. */
  reset(): void {
    this.stream.reset();
  }

  /** Gives the memory back. */
  dispose(): void {
    this.model.dispose();
  }
}

/** Loads a model, whatever it is. */
export async function openSilero(
  bytes: Uint8Array | ArrayBuffer,
  { engine }: SileroOptions,
  who: string,
): Promise<GraphModel> {
  return graphOf(bytes, engine ?? (await ready()), who);
}

/** Not by `loadOnnx`, which brings operators that no detector has. */
function graphOf(bytes: Uint8Array | ArrayBuffer, engine: Engine, who: string): GraphModel {
  const tag = tagOf(bytes);
  if (tag !== 'Uint8Array' && tag !== 'ArrayBuffer') {
    throw typeError(`${who}: model: got ${describeValue(bytes)}, expected a Uint8Array or an ArrayBuffer`);
  }
  const graph = readOnnx(tag === 'Uint8Array' ? (bytes as Uint8Array) : new Uint8Array(bytes));
  return new GraphModel({ engine, graph, registry: detectorOperators(), spectra: spectraKernels, reader: who });
}

/** @throws {Error} if a model is none of these */
export function wiringOf(model: GraphModel, who: string): Wiring {
  // Some exports leave out the rate, which they take to be 16 kHz.
  const names = model.inputs.map(({ name }) => name).filter((name) => name !== 'sr');
  const wiring = WIRINGS.find(({ states }) => {
    const expected = ['input', ...Object.keys(states)];
    return expected.length === names.length && expected.every((name) => names.includes(name));
  });
  if (wiring) return wiring;
  const got = names.slice(0, 8).map(describeValue).join(', ');
  throw new HiddenstateError(
    'FILE',
    `${who}: got a model of inputs ${got}, expected those of silero_vad.onnx, version 4 to 6`,
  );
}

/** Opens a stream of so many calls. */
export function openStream(model: GraphModel, { frameSize, context, states, dims }: Wiring, batch = 1): GraphStream {
  const rate = model.inputs.some(({ name }) => name === 'sr');
  const shapes = Object.keys(states).map((name) => [name, [dims[0], batch, dims[2]]]);
  return model.stream({
    input: 'input',
    output: 'output',
    states,
    dims: { ...Object.fromEntries(shapes), input: [batch, context + frameSize] },
    batch,
    feeds: rate ? { sr: { data: BigInt64Array.of(BigInt(SILERO_RATE)), dims: [] } } : {},
  });
}
