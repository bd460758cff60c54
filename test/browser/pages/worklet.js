import * as hiddenstate from '../../../dist/index.js';
import { runCases } from './run-cases.js';

/** Runs the cases in its first block, then plays what a GRU makes of noise, one step a sample. */
class GRUProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.goldens = processorOptions.goldens;
    this.noise = processorOptions.noise;
    this.at = 0;
  }

  process(_inputs, [[channel]]) {
    if (!this.stream) this.begin();
    for (let i = 0; i < channel.length; i++, this.at++) {
      channel[i] = this.stream.step(this.noise.subarray(this.at, this.at + 1), this.out)[0];
    }
    return this.at < this.noise.length;
  }

  begin() {
    const run = (simd) => runCases(hiddenstate, hiddenstate.createEngine({ simd }), this.goldens);
    this.port.postMessage(JSON.stringify({ baseline: run('baseline'), auto: run('auto') }));
    const engine = hiddenstate.createEngine({ simd: 'baseline' });
    const gru = new hiddenstate.GRU({ inputSize: 1, hiddenSize: 8, seed: 7, engine });
    this.stream = gru.stream();
    this.out = new Float32Array(8);
  }
}

registerProcessor('gru', GRUProcessor);
