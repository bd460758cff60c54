import { GRU, LSTM, type Module, type Sequential, type SequentialState, type Stream } from '../index.js';
import type { Tensor } from '../tensor.js';
import { StateDelay } from './state-delay.js';

/** The layers of an amplifier as they run: samples in, samples out, a state that goes on. */
export interface AmplifierChain {
  /**
   * Runs as many steps as `x` holds. Allocates nothing.
   *
   * @param x the inputs of each step
   * @param out one output a step
   */
  run(x: Float32Array, out: Float32Array): void;
  /** What `reset` goes back to is the state of now. */
  mark(): void;
  reset(): void;
  dispose(): void;
}

/** Layers at the sample rate that they were trained at. */
export class PlainChain implements AmplifierChain {
  private readonly stream: Stream<SequentialState>;

  constructor(
    private readonly model: Sequential,
    private start: SequentialState,
  ) {
    this.stream = model.stream({ state: start });
  }

  run(x: Float32Array, out: Float32Array): void {
    this.stream.steps(x, out);
  }

  mark(): void {
    this.start = this.stream.state;
  }

  reset(): void {
    this.stream.reset(this.start);
  }

  dispose(): void {
    this.stream.dispose();
    this.model.dispose();
  }
}

interface Link {
  readonly module: Module;
  readonly stage: ReturnType<Module['openStage']>;
  readonly delay: StateDelay | undefined;
}

/** Where a recurrent stage keeps its state. */
type RecurrentStage = Link['stage'] & { readonly h: number; readonly stateFloats: number };

/**
 * Layers at a sample rate above the one that they were trained at: each recurrent layer gets its state back after as much
 * time as in training, which is more than one sample.
 *
 * Source: RTNeural, RTNeural/lstm/lstm.h and gru.h (`SampleRateCorrectionMode::LinInterp`).
 */
export class DelayedChain implements AmplifierChain {
  private readonly links: Link[] = [];
  private readonly slabs: ReturnType<Module['engine']['slabsFor']>;
  private readonly x: number;
  private readonly width: number;

  /**
   * @param model its layers are taken over
   * @param delay of the state in samples, 1 or more
   */
  constructor(
    private readonly model: Sequential,
    state: SequentialState,
    delay: number,
    who: string,
  ) {
    this.width = model.inputSize;
    this.slabs = model.engine.slabsFor(this, who);
    try {
      this.x = this.slabs.allocate(Math.ceil(this.width / 4) * 4);
      model.modules.forEach((module, i) => {
        // RTNeural delays what a layer gives to the next one too: a stack is as many layers of their own.
        for (const [layer, start] of singleLayers(module, state[i])) this.add(layer, start, delay, who);
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  private add(module: Module, start: unknown, delay: number, who: string): void {
    const width = this.links.at(-1)?.stage.outputSize ?? this.width;
    const stage = module.openStage(1, width);
    stage.reserve(1);
    const isRecurrent = module instanceof LSTM || module instanceof GRU;
    if (isRecurrent) stage.reset(start, who);
    const { h, stateFloats } = stage as RecurrentStage;
    const line = isRecurrent ? new StateDelay(module.engine, h, stateFloats, delay) : undefined;
    this.links.push({ module, stage, delay: line });
  }

  run(x: Float32Array, out: Float32Array): void {
    const { links, width, model } = this;
    const at = this.x / 4;
    for (let t = 0; t < out.length; t++) {
      const { f32 } = model.engine;
      for (let i = 0; i < width; i++) f32[at + i] = x[t * width + i];
      let row = this.x;
      for (let i = 0; i < links.length; i++) {
        row = links[i].stage.advance(row, 1);
        links[i].delay?.turn();
      }
      out[t] = f32[row / 4];
    }
  }

  mark(): void {
    for (const { delay } of this.links) delay?.mark();
  }

  reset(): void {
    for (const { delay } of this.links) delay?.reset();
  }

  dispose(): void {
    for (const { stage, module } of this.links) {
      stage.release();
      module.dispose();
    }
    this.model.dispose();
    this.slabs.release();
  }
}

/** A recurrent layer of several as layers of one, each with its state; anything else as it is. */
function singleLayers(module: Module, state: unknown): [Module, unknown][] {
  if (!(module instanceof LSTM || module instanceof GRU) || module.numLayers === 1) return [[module, state]];
  const dict = module.stateDict();
  const { engine } = module;
  const Layer = module instanceof LSTM ? LSTM : GRU;
  return Array.from({ length: module.numLayers }, (_, i) => {
    const suffix = `_l${i}`;
    const own = Object.entries(dict).filter(([name]) => name.endsWith(suffix));
    const tensors = Object.fromEntries(own.map(([name, tensor]) => [name.replace(suffix, '_l0'), tensor]));
    return [Layer.fromStateDict(tensors, { engine }), state && layerOf(state as Record<string, Tensor>, i)];
  });
}

/** The state of one layer, [1, 1, H], of [L, 1, H]. */
function layerOf(state: Record<string, Tensor>, layer: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { data, dims }]) => {
      const size = dims[2];
      return [name, { data: data.slice(layer * size, (layer + 1) * size), dims: [1, 1, size] }];
    }),
  );
}
