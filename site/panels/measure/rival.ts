import { type Cell, onnxFile } from './onnx-file.js';

const ROUNDS = 9;
const BURST_MILLISECONDS = 20;
const WARM_UP_MILLISECONDS = 50;

interface Tensor {
  readonly data: Float32Array;
}

interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

interface Ort {
  env: { wasm: { numThreads: number; wasmPaths: string } };
  Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => Tensor;
  InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
}

/** onnxruntime-web with one recurrent node. It keeps no state: the one that comes out of a call is fed to the next. */
export class Rival {
  static readonly title = 'onnxruntime-web';

  private constructor(private readonly ort: Ort) {}

  /** @param place the folder of its files on this site */
  static async from(place: string): Promise<Rival> {
    const ort = (await import(/* @vite-ignore */ `${place}ort.wasm.min.mjs`)) as Ort;
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = place;
    return new Rival(ort);
  }

  /** @returns h after the first step, and the median time of a step in microseconds */
  async measure(
    cell: Cell,
    dict: Parameters<typeof onnxFile>[2],
    x: Float32Array,
  ): Promise<{ first: Float32Array; microseconds: number }> {
    const units = x.length;
    const tensor = (data: Float32Array) => new this.ort.Tensor('float32', data, [1, 1, units]);
    const session = await this.ort.InferenceSession.create(onnxFile(cell, units, dict));
    const feeds: Record<string, Tensor> = { X: tensor(x), initial_h: tensor(new Float32Array(units)) };
    if (cell === 'LSTM') feeds.initial_c = tensor(new Float32Array(units));
    const step = async () => {
      const { Y_h, Y_c } = await session.run(feeds);
      feeds.initial_h = Y_h;
      if (Y_c) feeds.initial_c = Y_c;
      return Y_h.data;
    };
    const first = (await step()).slice();
    await burst(step, WARM_UP_MILLISECONDS);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await burst(step, BURST_MILLISECONDS));
    await session.release();
    return { first, microseconds: times.sort((a, b) => a - b)[ROUNDS >> 1] };
  }
}

/** Microseconds of one call. */
async function burst(step: () => Promise<unknown>, milliseconds: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  do {
    await step();
    calls++;
  } while (performance.now() - start < milliseconds);
  return ((performance.now() - start) / calls) * 1000;
}
