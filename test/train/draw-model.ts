import {
  Embedding,
  type Engine,
  GRU,
  Linear,
  LogSoftmax,
  LSTM,
  type Module,
  ReLU,
  RNN,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
  type Tensor,
} from '../../bindings/index.js';
import { randomArray } from '../support/random.js';

/** Sizes on either side of every width that matters: a vector, a tile, a panel. */
const SIZES = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 67];

/** Draws of a seeded generator. */
export class Draw {
  constructor(readonly random: () => number) {}

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)];
  }

  upTo(greatest: number): number {
    return 1 + Math.floor(this.random() * greatest);
  }

  chance(): boolean {
    return this.random() < 0.5;
  }

  size(): number {
    return this.pick(SIZES);
  }

  tensor(dims: readonly number[]): Tensor {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return { data: randomArray(size, this.random), dims: [...dims] };
  }

  /** A recurrent layer of any kind, size and options. */
  recurrent(engine: Engine, inputSize = this.size(), batchFirst = this.chance()): RNN | LSTM | GRU {
    const hiddenSize = this.size();
    const options = {
      inputSize,
      hiddenSize,
      numLayers: this.upTo(3),
      bias: this.chance(),
      batchFirst,
      bidirectional: this.chance(),
      seed: this.upTo(1e6),
      engine,
    };
    const projSize = this.chance() ? Math.floor(this.random() * hiddenSize) : 0;
    return this.pick([
      () => new LSTM({ ...options, projSize }),
      () => new GRU({ ...options, resetAfter: this.chance() }),
      () => new RNN({ ...options, nonlinearity: this.pick(['tanh', 'relu'] as const) }),
    ])();
  }

  /** A chain of modules: perhaps an Embedding, one or two recurrent layers, an activation, a Linear. */
  chain(engine: Engine): Sequential {
    const batchFirst = this.chance();
    const modules: Module[] = [];
    if (this.chance()) modules.push(new Embedding({ numEmbeddings: 13, embeddingDim: this.size(), engine, seed: 1 }));
    for (let i = this.upTo(2); i > 0; i--) {
      modules.push(this.recurrent(engine, modules.at(-1)?.outputSize ?? this.size(), batchFirst));
    }
    const Kind = this.pick([Tanh, Sigmoid, ReLU, Softmax, LogSoftmax]);
    const inFeatures = modules.at(-1)?.outputSize as number;
    modules.push(
      new Kind({ engine }),
      new Linear({ inFeatures, outFeatures: this.size(), bias: this.chance(), engine }),
    );
    return new Sequential(modules);
  }
}
