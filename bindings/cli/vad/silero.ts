import type { GraphModel, GraphTensor, LoadOnnxOptions } from '../../formats/onnx/index.js';

/** Samples a second that the models listen to. */
export const SAMPLE_RATE = 16_000;

/** How a model is fed; told apart by the names of its inputs. */
interface Wiring {
  /** Samples that are new in each frame. */
  readonly frameSize: number;
  /** Samples of the frame before that go in front of it. */
  readonly contextSize: number;
  /** Each state's input, the output that follows it, and its dims. */
  readonly states: readonly { readonly input: string; readonly output: string; readonly dims: readonly number[] }[];
}

const WIRINGS: readonly Wiring[] = [
  // Versions 5 and 6.
  { frameSize: 512, contextSize: 64, states: [{ input: 'state', output: 'stateN', dims: [2, 1, 128] }] },
  // Version 4, which vad-web calls legacy.
  {
    frameSize: 1536,
    contextSize: 0,
    states: [
      { input: 'h', output: 'hn', dims: [2, 1, 64] },
      { input: 'c', output: 'cn', dims: [2, 1, 64] },
    ],
  },
];

/** A Silero voice activity detector: the probability that a frame holds speech, with a state that goes on from frame to frame. */
export class Silero {
  private readonly rate = { data: BigInt64Array.of(BigInt(SAMPLE_RATE)), dims: [] };
  private readonly input: Float32Array;
  private states: Record<string, Pick<GraphTensor, 'data' | 'dims'>> = {};

  private constructor(
    private readonly model: GraphModel,
    private readonly wiring: Wiring,
  ) {
    this.input = new Float32Array(wiring.contextSize + wiring.frameSize);
    this.reset();
  }

  /**
   * @param bytes of silero_vad.onnx: version 4, 5 or 6
   * @throws {Error} if it is no such model
   */
  static async load(bytes: Uint8Array, options: LoadOnnxOptions = {}): Promise<Silero> {
    // Loaded here, so that no other command waits for it.
    const { loadOnnx } = await import('../../formats/onnx/index.js');
    const model = await loadOnnx(bytes, options);
    const names = model.inputs.map(({ name }) => name);
    const wiring = WIRINGS.find(({ states }) => {
      const expected = ['input', 'sr', ...states.map(({ input }) => input)];
      return expected.length === names.length && expected.every((name) => names.includes(name));
    });
    if (wiring) return new Silero(model, wiring);
    model.dispose();
    throw new Error(`got a model of inputs ${names.slice(0, 8).join(', ')}, expected those of silero_vad.onnx`);
  }

  /** Samples of a frame. */
  get frameSize(): number {
    return this.wiring.frameSize;
  }

  /** Forgets what it heard. */
  reset(): void {
    this.input.fill(0);
    const zeros = (dims: readonly number[]) => new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    this.states = Object.fromEntries(this.wiring.states.map(({ input, dims }) => [input, { data: zeros(dims), dims }]));
  }

  /**
   * Listens to the next frame.
   *
   * @param frame at 16 kHz, from −1 to 1; silence is put behind one that is shorter
   * @returns the probability that there is speech in it
   */
  step(frame: Float32Array): number {
    const { input, wiring } = this;
    const { contextSize, frameSize, states } = wiring;
    input.copyWithin(0, frameSize);
    input.fill(0, contextSize);
    input.set(frame, contextSize);
    const results = this.model.run({
      input: { data: input, dims: [1, input.length] },
      sr: this.rate,
      ...this.states,
    });
    for (const { input: name, output } of states) this.states[name] = results[output];
    return Number(results.output.data[0]);
  }

  /** Gives the memory back. */
  dispose(): void {
    this.model.dispose();
  }
}
